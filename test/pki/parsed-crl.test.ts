import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeExtension } from '../../src/pki/extensions.ts'
import { parseCrl, revocationOf } from '../../src/pki/parsed-crl.ts'
import { parseCertificate } from '../../src/pki/x509.ts'
import { DAY_MS, issue, makeCrl, makeRoot, NOW } from '../support/test-pki.ts'

const ca = makeRoot('Emission')
const issuer = parseCertificate(ca.certificate)
const seal = issue(ca, 'Cachet').certificate
const ask = (...crls: Uint8Array[]) =>
  revocationOf(parseCertificate(seal), issuer, crls.map(parseCrl), NOW)

const HOLD = encodeExtension('2.5.29.21', Uint8Array.of(0x0a, 1, 6))

test('a list names its issuer, its times, and what it revokes with the reason', () => {
  const crl = parseCrl(makeCrl(ca, { revoked: [seal], entryExtensions: [HOLD] }))

  expect(crl).toMatchObject({
    thisUpdate: NOW - DAY_MS,
    nextUpdate: NOW + 7 * DAY_MS,
    isPlain: true,
  })
  expect(crl.revoked.get(parseCertificate(seal).serial)).toEqual({
    at: NOW - 2 * DAY_MS,
    reason: 6,
  })
})

test('a certificate on hold is revoked, and free again in the next list', () => {
  const held = makeCrl(ca, { revoked: [seal], entryExtensions: [HOLD], thisUpdate: NOW - 9_000 })
  const released = makeCrl(ca, { thisUpdate: NOW - 5_000 })

  expect(ask(held)).toMatchObject({ status: 'revoked', reason: 6 })
  expect(ask(held, released)).toEqual({ status: 'good', thisUpdate: NOW - 5_000 })
})

test('of two lists of one moment the one that revokes is believed', () => {
  const lists = [makeCrl(ca), makeCrl(ca, { revoked: [seal] })] as const

  expect(ask(...lists)).toMatchObject({ status: 'revoked' })
  expect(ask(...lists.toReversed())).toMatchObject({ status: 'revoked' })
})

test('a newer list that is not in force hides no older one', () => {
  const tomorrow = makeCrl(ca, { thisUpdate: NOW + DAY_MS })

  expect(ask(makeCrl(ca), tomorrow)).toMatchObject({ status: 'good' })
})

test('any octets are a list or an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      expect(() => parseCrl(octets)).toThrow()
    }),
  )
})

test('a list with any changed octet says nothing, or the same', () => {
  const crl = makeCrl(ca, { revoked: [seal] })
  fc.assert(
    fc.property(fc.nat(crl.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Uint8Array.from(crl)
      changed[at] = (changed[at] ?? 0) ^ change
      let status = 'unreadable'
      try {
        status = ask(changed).status
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
      expect(status).not.toBe('good')
    }),
  )
})
