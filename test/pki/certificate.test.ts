import { randomBytes, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import * as pkijs from 'pkijs'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildCertificate, type CertificateRequest } from '../../src/pki/certificate.ts'
import { openssl } from '../support/openssl.ts'
import {
  makeSoftwareAuthority,
  NOW,
  type SoftwareAuthority,
  YEAR_MS,
} from '../support/software-authority.ts'
import { toPem } from '../support/test-pki.ts'

const COUNCIL = {
  country: 'FR',
  organisation: 'Conseil régional de l’ordre, Île-de-France',
  organisationIdentifier: 'NTRFR-123456782',
  commonName: 'Cachet du conseil',
}
const SEAL = { profile: 'seal', subject: COUNCIL, policies: ['1.3.2.123456782.1.1'] } as const
const TLS = {
  profile: 'tls',
  subject: { country: 'FR', commonName: 'sceau.example' },
  hosts: ['sceau.example', '127.0.0.1', '::1', '2001:db8::a00:1', '::ffff:192.0.2.1'],
} as const

let authority: SoftwareAuthority

beforeAll(async () => {
  authority = await makeSoftwareAuthority()
})

/** The extensions as OpenSSL understands them, each with whether it is critical. */
async function extensionsOf(der: Uint8Array): Promise<string> {
  const args = ['x509', '-noout', '-in', 'certificate.pem', '-ext', EXTENSIONS]
  const text = await openssl(args, { 'certificate.pem': toPem(der) })
  return text.replace(/([0-9A-F]{2}:){19}[0-9A-F]{2}/g, '(key id)').replaceAll(/[ \n]+/g, ' ')
}

const EXTENSIONS = [
  'basicConstraints',
  'keyUsage',
  'extendedKeyUsage',
  'subjectKeyIdentifier',
  'authorityKeyIdentifier',
  'certificatePolicies',
  'subjectAltName',
  'crlDistributionPoints',
  'authorityInfoAccess',
  'noCheck',
].join()

const PUBLISHED =
  'X509v3 CRL Distribution Points: Full Name: URI:http://sceau.example/pki/issuing.crl ' +
  'Authority Information Access: CA Issuers - URI:http://sceau.example/pki/issuing.cer '
const IDENTIFIERS =
  'X509v3 Subject Key Identifier: (key id) X509v3 Authority Key Identifier: (key id) '

describe('each kind of certificate has its extensions and no others', () => {
  test.each<{ what: string; make: () => Promise<Uint8Array>; extensions: string }>([
    {
      what: 'a root',
      make: async () => authority.root,
      extensions:
        'X509v3 Basic Constraints: critical CA:TRUE, pathlen:1 ' +
        'X509v3 Key Usage: critical Certificate Sign, CRL Sign ' +
        'X509v3 Subject Key Identifier: (key id) ',
    },
    {
      what: 'an issuing CA',
      make: async () => authority.issuing,
      extensions:
        'X509v3 Basic Constraints: critical CA:TRUE, pathlen:0 ' +
        'X509v3 Key Usage: critical Certificate Sign, CRL Sign ' +
        `${IDENTIFIERS}X509v3 Certificate Policies: Policy: X509v3 Any Policy ${PUBLISHED}`,
    },
    {
      what: 'a seal (ETSI EN 319 412-3)',
      make: () => authority.issue(SEAL),
      extensions:
        'X509v3 Key Usage: critical Digital Signature, Non Repudiation ' +
        `${IDENTIFIERS}X509v3 Certificate Policies: Policy: 1.3.2.123456782.1.1 ${PUBLISHED}`,
    },
    {
      what: 'a person (ETSI EN 319 412-2)',
      make: () => authority.issue({ ...SEAL, profile: 'person' }),
      extensions:
        'X509v3 Key Usage: critical Non Repudiation ' +
        `${IDENTIFIERS}X509v3 Certificate Policies: Policy: 1.3.2.123456782.1.1 ${PUBLISHED}`,
    },
    {
      what: 'an OCSP responder (RFC 6960 §4.2.2.2)',
      make: () => authority.issue({ ...SEAL, profile: 'ocsp' }),
      extensions:
        'X509v3 Key Usage: critical Digital Signature ' +
        'X509v3 Extended Key Usage: OCSP Signing ' +
        `${IDENTIFIERS}X509v3 Certificate Policies: Policy: 1.3.2.123456782.1.1 ` +
        `OCSP No Check: ${PUBLISHED}`,
    },
    {
      what: 'a timestamp authority (RFC 3161 §2.3)',
      make: () => authority.issue({ ...SEAL, profile: 'tsa' }),
      extensions:
        'X509v3 Key Usage: critical Digital Signature ' +
        'X509v3 Extended Key Usage: critical Time Stamping ' +
        `${IDENTIFIERS}X509v3 Certificate Policies: Policy: 1.3.2.123456782.1.1 ${PUBLISHED}`,
    },
    {
      what: 'TLS',
      make: () => authority.issue(TLS),
      extensions:
        'X509v3 Key Usage: critical Digital Signature ' +
        'X509v3 Extended Key Usage: TLS Web Server Authentication ' +
        `${IDENTIFIERS}X509v3 Subject Alternative Name: DNS:sceau.example, ` +
        'IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:A00:1, ' +
        `IP Address:0:0:0:0:0:FFFF:C000:201 ${PUBLISHED}`,
    },
  ])('$what', async ({ make, extensions }) => {
    expect(await extensionsOf(await make())).toBe(extensions)
  })
})

describe('a certificate', () => {
  test.each(['p-256', 'p-384', 'rsa-2048'] as const)(
    'from %s keys is trusted by OpenSSL in its strict mode, policy included',
    async (algorithm) => {
      const { root, issuing, issue } = await makeSoftwareAuthority(algorithm)
      const files = {
        'root.pem': toPem(root),
        'issuing.pem': toPem(issuing),
        'seal.pem': toPem(await issue(SEAL)),
      }
      const trust = ['-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'issuing.pem']
      const policy = ['-explicit_policy', '-policy', SEAL.policies[0]]
      const at = ['-attime', String(NOW / 1000 + 60)]

      const said = await openssl(['verify', ...trust, ...policy, ...at, 'seal.pem'], files)

      expect(said).toMatch(/seal\.pem: OK/)
    },
  )

  test('names a legal person as EN 319 412-3 §4.2.1 demands', async () => {
    const der = await authority.issue(SEAL)

    const args = ['x509', '-noout', '-subject', '-nameopt', 'sep_multiline,utf8,sname']
    const said = await openssl([...args, '-in', 'seal.pem'], { 'seal.pem': toPem(der) })

    expect(said.trim().split(/\n\s*/)).toEqual([
      'subject=',
      'C=FR',
      'O=Conseil régional de l’ordre, Île-de-France',
      'organizationIdentifier=NTRFR-123456782',
      'CN=Cachet du conseil',
    ])
  })

  test('is read by pkijs and written again unchanged', async () => {
    for (const der of [authority.root, authority.issuing, await authority.issue(TLS)]) {
      const theirs = pkijs.Certificate.fromBER(Uint8Array.from(der).buffer)

      const again = new Uint8Array(theirs.toSchema(true).toBER())

      expect(Buffer.compare(again, der)).toBe(0)
      expect(theirs.version).toBe(2)
    }
  })

  test('is for the hosts it names and no other', async () => {
    const certificate = new X509Certificate(await authority.issue(TLS))

    expect(certificate.checkHost('sceau.example')).toBe('sceau.example')
    expect(certificate.checkHost('other.example')).toBeUndefined()
    for (const address of ['127.0.0.1', '::1', '2001:db8::a00:1']) {
      expect(certificate.checkIP(address)).toBeDefined()
    }
    expect(certificate.checkIP('127.0.0.2')).toBeUndefined()
  })

  test('links to its issuer by name and by key identifier', async () => {
    const [root, issuing] = [authority.root, authority.issuing].map(
      (der) => new X509Certificate(der),
    )
    const seal = new X509Certificate(await authority.issue(SEAL))

    expect(issuing && seal.checkIssued(issuing)).toBe(true)
    expect(root && issuing?.checkIssued(root)).toBe(true)
    expect(root && seal.checkIssued(root)).toBe(false)
  })

  test('has a positive serial of twenty octets, whatever is thrown (RFC 5280 §4.1.2.2)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 20, maxLength: 20 }), async (random) => {
        const { der, serial } = await build({ serial: random })

        expect(serial).toMatch(/^[4-7][0-9a-f]{39}$/)
        expect(new X509Certificate(der).serialNumber.toLowerCase()).toBe(serial)
      }),
      { numRuns: 20 },
    )
    await expect(build({ serial: new Uint8Array(4) })).rejects.toThrow(RangeError)
  })

  test.each([
    { what: 'outlives its issuer', dates: { notAfter: NOW + 10 * YEAR_MS + 1000 } },
    { what: 'ends when it begins', dates: { notAfter: NOW } },
  ])('that $what is never made', async ({ dates }) => {
    await expect(build(dates)).rejects.toThrow(RangeError)
  })

  test('is never signed by the wrong algorithm: what it names is what signed it', async () => {
    for (const der of [authority.root, authority.issuing]) {
      const { publicKey } = new X509Certificate(authority.root)
      expect(new X509Certificate(der).verify(publicKey)).toBe(true)
    }
  })
})

async function build(wish: Partial<CertificateRequest>) {
  const { publicKey } = await authority.token.generateKey({ algorithm: 'p-256', label: 'holder' })
  const dates = { notBefore: NOW, notAfter: NOW + YEAR_MS }
  const request = { ...SEAL, publicKey, serial: randomBytes(20), ...dates, ...wish }
  return buildCertificate(request, authority.issuer, authority.token.signDigest)
}
