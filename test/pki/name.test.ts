import fc from 'fast-check'
import * as pkijs from 'pkijs'
import { describe, expect, test } from 'vitest'
import { describeName, encodeName, findAttribute } from '../../src/pki/name.ts'

const PERSON = {
  country: 'FR',
  organisation: 'Cabinet Dupont, Martin & Associés',
  surname: 'D’ARTAGNAN',
  givenName: 'Zoé',
  serialNumber: 'a1b2',
  commonName: 'Zoé D’ARTAGNAN',
} as const

describe('a name', () => {
  test('is read by pkijs attribute by attribute, in its order', () => {
    const name = pkijs.RelativeDistinguishedNames.fromBER(
      Uint8Array.from(encodeName(PERSON)).buffer,
    )

    expect(name.typesAndValues.map(({ type, value }) => [type, value.valueBlock.value])).toEqual([
      ['2.5.4.6', 'FR'],
      ['2.5.4.10', 'Cabinet Dupont, Martin & Associés'],
      ['2.5.4.4', 'D’ARTAGNAN'],
      ['2.5.4.42', 'Zoé'],
      ['2.5.4.5', 'a1b2'],
      ['2.5.4.3', 'Zoé D’ARTAGNAN'],
    ])
  })

  test('holds country and serial number as PrintableString, the rest as UTF-8 (X.520)', () => {
    const name = pkijs.RelativeDistinguishedNames.fromBER(
      Uint8Array.from(encodeName(PERSON)).buffer,
    )
    const tagOf = (oid: string) =>
      name.typesAndValues.find(({ type }) => type === oid)?.value.idBlock.tagNumber

    expect(['2.5.4.6', '2.5.4.5', '2.5.4.10', '2.5.4.3'].map(tagOf)).toEqual([19, 19, 12, 12])
  })

  test('gives each attribute back, and undefined for what it has not', () => {
    const text = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' })
    const parts = fc.record(
      {
        country: fc.constantFrom('FR', 'BE'),
        organisation: text,
        organisationIdentifier: text,
        commonName: text,
      },
      { requiredKeys: ['country', 'commonName'] },
    )
    const keys = ['country', 'organisation', 'organisationIdentifier', 'commonName'] as const
    fc.assert(
      fc.property(parts, (wanted) => {
        const name = encodeName(wanted)

        for (const key of keys) expect(findAttribute(name, key)).toBe(wanted[key])
        expect(findAttribute(name, 'surname')).toBeUndefined()
      }),
    )
  })

  test('is told to people most particular part first, separators escaped (RFC 4514)', () => {
    expect(describeName(PERSON)).toBe(
      'CN=Zoé D’ARTAGNAN, serialNumber=a1b2, GN=Zoé, SN=D’ARTAGNAN, O=Cabinet Dupont\\, Martin & Associés, C=FR',
    )
    expect(describeName({ country: 'FR', commonName: 'a"b+c;d<e>f\\g' })).toBe(
      'CN=a\\"b\\+c\\;d\\<e\\>f\\\\g, C=FR',
    )
  })
})
