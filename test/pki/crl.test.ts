import fc from 'fast-check'
import * as pkijs from 'pkijs'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildCrl, type RevokedCertificate } from '../../src/pki/crl.ts'
import { parseCrl } from '../../src/pki/parsed-crl.ts'
import { openssl } from '../support/openssl.ts'
import {
  makeSoftwareAuthority,
  NOW,
  type SoftwareAuthority,
} from '../support/software-authority.ts'
import { toPem } from '../support/test-pki.ts'

const DAY_MS = 86_400_000
const REVOKED = [
  { serial: '4a01', revokedAt: NOW - DAY_MS, reason: 0 },
  { serial: 'ff02', revokedAt: NOW - 2 * DAY_MS, reason: 1 },
  { serial: '0003', revokedAt: Date.UTC(2050, 0, 1), reason: 5 },
]

let authority: SoftwareAuthority

beforeAll(async () => {
  authority = await makeSoftwareAuthority()
})

function crlOf(revoked: readonly RevokedCertificate[], number = 7): Promise<Uint8Array> {
  const request = { number, thisUpdate: NOW, nextUpdate: NOW + 7 * DAY_MS, revoked }
  return buildCrl(request, authority.issuer, authority.token.signDigest)
}

describe('a CRL', () => {
  test('says to OpenSSL what it was told, signed by its issuer', async () => {
    const files = {
      'list.pem': toPem(await crlOf(REVOKED), 'X509 CRL'),
      'issuing.pem': toPem(authority.issuing),
    }
    const args = ['-in', 'list.pem', '-CAfile', 'issuing.pem', '-noout', '-text']

    const said = (await openssl(['crl', ...args], files)).replaceAll(/\s+/g, ' ')

    expect(said).toContain('verify OK')
    expect(said).toContain('Version 2 (0x1)')
    expect(said).toContain('Last Update: Nov 24 12:00:00 2026 GMT')
    expect(said).toContain('Next Update: Dec 1 12:00:00 2026 GMT')
    expect(said).toContain('X509v3 CRL Number: 7')
    expect(said).toContain('X509v3 Authority Key Identifier')
    expect(said).toContain('Serial Number: 4A01 Revocation Date: Nov 23 12:00:00 2026 GMT Serial')
    expect(said).toContain(
      'Serial Number: FF02 Revocation Date: Nov 22 12:00:00 2026 GMT CRL entry extensions: X509v3 CRL Reason Code: Key Compromise',
    )
    expect(said).toContain('Serial Number: 03 Revocation Date: Jan 1 00:00:00 2050 GMT')
  })

  test('makes OpenSSL refuse what it names, and only that', async () => {
    const subject = { country: 'FR', commonName: 'Cachet' }
    const files = async (serial: string) => ({
      'root.pem': toPem(authority.root),
      'issuing.pem': toPem(authority.issuing),
      'list.pem': toPem(await crlOf([{ serial, revokedAt: NOW, reason: 4 }]), 'X509 CRL'),
      'seal.pem': toPem(await authority.issue({ profile: 'seal', subject, serial: SERIAL })),
    })
    const trust = ['-CAfile', 'root.pem', '-untrusted', 'issuing.pem', '-CRLfile', 'list.pem']
    const at = ['-attime', String(NOW / 1000 + 60)]
    const args = ['verify', '-x509_strict', '-crl_check', ...trust, ...at, 'seal.pem']

    await expect(openssl(args, await files('40'.repeat(20)))).rejects.toThrow(/revoked/)
    expect(await openssl(args, await files('41'.repeat(20)))).toMatch(/OK/)
  })

  test('that names nobody has no list at all (RFC 5280 §5.1.2.6)', async () => {
    const theirs = pkijs.CertificateRevocationList.fromBER(Uint8Array.from(await crlOf([])).buffer)

    expect(theirs.revokedCertificates ?? []).toEqual([])
    expect(theirs.crlExtensions?.extensions.map(({ extnID }) => extnID)).toEqual([
      '2.5.29.35',
      '2.5.29.20',
    ])
  })

  test('is read back as it was told', async () => {
    const entry = fc.record({
      serial: fc.uint8Array({ minLength: 1, maxLength: 20 }).map((octets) =>
        Buffer.from(octets)
          .toString('hex')
          .replace(/^(00)+(?=.)/, ''),
      ),
      revokedAt: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
      reason: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 8, 9, 10),
    })
    const entries = fc.uniqueArray(entry, { selector: ({ serial }) => serial, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(entries, fc.nat(2 ** 47), async (revoked, number) => {
        const parsed = parseCrl(await crlOf(revoked, number))

        expect(parsed).toMatchObject({
          thisUpdate: NOW,
          nextUpdate: NOW + 7 * DAY_MS,
          isPlain: true,
        })
        expect([...parsed.revoked].sort()).toEqual(
          revoked
            .map(({ serial, revokedAt, reason }) => [serial, { at: revokedAt, reason }])
            .sort(),
        )
      }),
      { numRuns: 40 },
    )
  })
})

const SERIAL = Buffer.alloc(20, 0x40)
