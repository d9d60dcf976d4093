import { expect, test } from 'vitest'
import { isSiren, sealName, validityOf } from '../../src/authority/model.ts'

test.each([
  { text: '732829320', is: true },
  { text: '123456782', is: true },
  { text: '012345674', is: true },
  { text: '123456789', is: false },
  { text: '12345678', is: false },
  { text: '1234567820', is: false },
  { text: '12345678a', is: false },
  { text: '', is: false },
])('«$text» is a SIREN: $is', ({ text, is }) => {
  expect(isSiren(text)).toBe(is)
})

test('a seal names its organisation, its register number and itself', () => {
  expect(sealName({ name: 'Conseil', siren: '123456782' }, 'Cachet')).toEqual({
    country: 'FR',
    organisation: 'Conseil',
    organisationIdentifier: 'NTRFR-123456782',
    commonName: 'Cachet',
  })
})

test('dates are whole seconds and end with the issuer at the latest', () => {
  const now = Date.UTC(2026, 10, 24, 12, 0, 0, 999)

  expect(validityOf('tls', now, Number.MAX_SAFE_INTEGER)).toEqual({
    notBefore: Date.UTC(2026, 10, 24, 12),
    notAfter: Date.UTC(2027, 10, 24, 12),
  })
  expect(validityOf('tls', now, Date.UTC(2027, 0, 1)).notAfter).toBe(Date.UTC(2027, 0, 1))
})
