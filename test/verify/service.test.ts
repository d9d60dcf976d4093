import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeOid, encodeTlv } from '../../src/cms/der.ts'
import { OID } from '../../src/cms/oids.ts'
import { VerificationReport } from '../../src/verify/report.ts'
import { attribute, makeCms, withOpenLengths } from '../support/test-cms.ts'
import { makePdf, type SignWish, signPdf } from '../support/test-pdf.ts'
import {
  caExtensions,
  DAY_MS,
  issue,
  makeCa,
  makeCrl,
  makeKey,
  makeRoot,
  NOW,
  TLS_EXTENSIONS,
} from '../support/test-pki.ts'
import { makeTrust, type VerifyOptions, verifyPdf } from '../support/verifier.ts'

const trust = makeTrust()
const { ca, root, seal, signer } = trust
const original = makePdf()
const signed = signPdf(original, signer)

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('a seal passes, and the report has all that is known of it', async () => {
  const report = await verifyPdf(signed, trust)

  expect(VerificationReport.parse(report)).toEqual(report)
  expect(report).toMatchObject({
    sha256: sha256(signed),
    bytes: signed.length,
    verifiedAt: new Date(NOW).toISOString(),
    revisions: 2,
    repaired: false,
    encrypted: false,
  })
  expect(report.signatures).toMatchObject([
    {
      fieldName: 'Signature1',
      kind: 'approval',
      docMdp: null,
      indication: 'TOTAL_PASSED',
      subIndication: null,
      reasons: [],
      level: 'B-B',
      levelReasons: ['It has no timestamp.'],
      signer: {
        subject: 'CN=Cachet des essais, O=Essais, C=FR',
        issuer: 'CN=Autorité des essais, O=Essais, C=FR',
        sha256: sha256(seal.certificate),
        notBefore: new Date(NOW - 30 * DAY_MS).toISOString(),
        organisationIdentifier: null,
      },
      signingTime: { at: new Date(NOW).toISOString(), source: 'claimed' },
      timestamp: null,
      digestAlgorithm: 'sha256',
      coverage: 'whole-document',
      changesAfter: [],
      chain: [
        { sha256: sha256(seal.certificate), revocation: 'good' },
        { sha256: sha256(ca.certificate), revocation: 'good' },
        { sha256: sha256(root.certificate), revocation: 'anchor' },
      ],
      anchor: { subject: 'CN=Racine des essais, O=Essais, C=FR', sha256: sha256(root.certificate) },
    },
  ])
})

test('a document without signatures has none', async () => {
  expect((await verifyPdf(original, trust)).signatures).toEqual([])
})

interface Verdict {
  readonly wish?: Partial<SignWish>
  readonly options?: VerifyOptions
  readonly indication: string
  readonly subIndication: string | null
}

const passed = { indication: 'TOTAL_PASSED', subIndication: null }
const undecided = (subIndication: string) => ({ indication: 'INDETERMINATE', subIndication })
const failed = (subIndication: string) => ({ indication: 'TOTAL_FAILED', subIndication })
const revokes = (certificate: Uint8Array) => [
  makeCrl(root),
  makeCrl(ca, { revoked: [certificate] }),
]
const by = (holder: SignWish['holder'], chain = [ca]) => ({ holder, chain })

const CASES: Record<string, Verdict> = {
  'of a revoked certificate': {
    options: { crls: revokes(seal.certificate) },
    ...undecided('REVOKED_NO_POE'),
  },
  'below a revoked CA': {
    options: { crls: [makeCrl(root, { revoked: [ca.certificate] }), makeCrl(ca)] },
    ...undecided('REVOKED_CA_NO_POE'),
  },
  'of an expired certificate': {
    wish: by(issue(ca, 'Ancien', { notAfter: NOW - 1_000 })),
    ...undecided('OUT_OF_BOUNDS_NO_POE'),
  },
  'below an expired CA': {
    options: { now: NOW + 301 * DAY_MS },
    wish: by(issue(ca, 'Long', { notAfter: NOW + 900 * DAY_MS })),
    ...undecided('OUT_OF_BOUNDS_NO_POE'),
  },
  'of a certificate that begins tomorrow': {
    wish: by(issue(ca, 'Demain', { notBefore: NOW + DAY_MS })),
    ...failed('NOT_YET_VALID'),
  },
  'below an unknown root': {
    options: { anchors: [makeRoot('Une autre racine')] },
    ...undecided('NO_CERTIFICATE_CHAIN_FOUND'),
  },
  'that trusts nobody': {
    options: { anchors: [] },
    ...undecided('NO_CERTIFICATE_CHAIN_FOUND'),
  },
  'whose CMS lacks the CA’s certificate': {
    wish: { chain: [] },
    ...undecided('NO_CERTIFICATE_CHAIN_FOUND'),
  },
  'without any revocation list': { options: { crls: [] }, ...undecided('TRY_LATER') },
  'with a revocation list that has expired': {
    options: { crls: [makeCrl(root), makeCrl(ca, { nextUpdate: NOW - 1_000 })] },
    ...undecided('TRY_LATER'),
  },
  'that brings its revocation lists along': {
    options: { crls: [] },
    wish: { crls: trust.crls },
    ...passed,
  },
  'that brings a forged revocation list along': {
    options: { crls: [] },
    wish: { crls: [makeCrl(root), makeCrl(ca, { key: makeKey() })] },
    ...undecided('TRY_LATER'),
  },
  'that brings an old list along, while a new one revokes it': {
    options: { crls: revokes(seal.certificate) },
    wish: { crls: [makeCrl(ca, { thisUpdate: NOW - 3 * DAY_MS })] },
    ...undecided('REVOKED_NO_POE'),
  },
  'with SHA-1': { wish: { hash: 'sha1' }, ...undecided('CRYPTO_CONSTRAINTS_FAILURE_NO_POE') },
  'with SHA-1 over its attributes only': {
    wish: { signatureHash: 'sha1' },
    ...undecided('CRYPTO_CONSTRAINTS_FAILURE_NO_POE'),
  },
  'by a key that is too short': {
    wish: by(issue(ca, 'Court', { key: makeKey('secp224r1') })),
    ...undecided('CRYPTO_CONSTRAINTS_FAILURE_NO_POE'),
  },
  'of a certificate for web servers': {
    wish: by(issue(ca, 'sceau.example', { extensions: TLS_EXTENSIONS })),
    ...undecided('CHAIN_CONSTRAINTS_FAILURE'),
  },
  'of a certificate for CAs': {
    wish: by(makeCa(ca, 'Basse'), [ca]),
    ...undecided('CHAIN_CONSTRAINTS_FAILURE'),
  },
  'below a CA that may have no CA below it': {
    wish: (() => {
      const upper = makeCa(root, 'Haute', { extensions: caExtensions(0) })
      const lower = makeCa(upper, 'Basse')
      return {
        ...by(issue(lower, 'Cachet'), [upper, lower]),
        crls: [upper, lower].map((c) => makeCrl(c)),
      }
    })(),
    ...undecided('CHAIN_CONSTRAINTS_FAILURE'),
  },
  'that signs the hash of another certificate': {
    wish: { certificateDigest: randomBytes(32) },
    ...undecided('NO_SIGNING_CERTIFICATE_FOUND'),
  },
  'whose certificate is missing': {
    wish: { carriesSigner: false },
    ...undecided('NO_SIGNING_CERTIFICATE_FOUND'),
  },
  'with the digest of something else': {
    wish: { cms: () => makeCms(randomBytes(32), signer) },
    ...failed('HASH_FAILURE'),
  },
  'by another key than the certificate’s': {
    wish: by({ ...seal, key: makeKey() }),
    ...failed('SIG_CRYPTO_FAILURE'),
  },
  'of another content type': {
    wish: { contentType: OID.tstInfo },
    ...failed('FORMAT_FAILURE'),
  },
  'that signs another content type than its own': {
    wish: { signedContentType: OID.tstInfo },
    ...failed('FORMAT_FAILURE'),
  },
  'whose content is of another type than it signs': {
    wish: { contentType: OID.tstInfo, signedContentType: OID.data },
    ...failed('FORMAT_FAILURE'),
  },
  'with two content types': {
    wish: { moreAttributes: [attribute(OID.contentType, encodeOid(OID.signedData))] },
    ...failed('FORMAT_FAILURE'),
  },
  'that carries content of its own': {
    wish: { content: Buffer.from('autre') },
    ...failed('FORMAT_FAILURE'),
  },
  'with two digests': {
    wish: { moreAttributes: [attribute(OID.messageDigest, encodeTlv(4, randomBytes(32)))] },
    ...failed('FORMAT_FAILURE'),
  },
  'that signs no attributes': { wish: { hasNoAttributes: true }, ...undecided('FORMAT_FAILURE') },
  'of two signers in one CMS': { wish: { signerCount: 2 }, ...undecided('FORMAT_FAILURE') },
  'that is no CMS': { wish: { cms: () => Buffer.from('rien') }, ...failed('FORMAT_FAILURE') },
  'that is empty': { wish: { cms: () => new Uint8Array() }, ...failed('FORMAT_FAILURE') },
  'in the old form of PKCS #7': {
    wish: { replace: { 'ETSI.CAdES.detached': 'adbe.pkcs7.sha1' } },
    ...undecided('FORMAT_FAILURE'),
  },
  'in the old form of bare RSA': {
    wish: { replace: { 'ETSI.CAdES.detached': 'adbe.x509.rsa_sha1' } },
    ...undecided('FORMAT_FAILURE'),
  },
  'in the form of ISO 32000-1': {
    wish: { replace: { 'ETSI.CAdES.detached': 'adbe.pkcs7.detached' } },
    ...passed,
  },
}

describe.each(Object.entries(CASES))('a signature %s', (_, { wish, options, ...expected }) => {
  test(`is ${expected.indication} ${expected.subIndication ?? ''}`, async () => {
    const pdf = signPdf(original, { ...signer, ...wish })
    const { signatures } = await verifyPdf(pdf, trust, options)

    expect(signatures).toHaveLength(1)
    expect(signatures[0]).toMatchObject(expected)
    expect(signatures[0]?.reasons.length === 0).toBe(expected.indication === 'TOTAL_PASSED')
  })
})

test('one changed octet of what is covered is HASH_FAILURE', async () => {
  const changed = Buffer.from(signed)
  changed.write('9', changed.indexOf('100 euros'))

  expect((await verifyPdf(changed, trust)).signatures).toMatchObject([failed('HASH_FAILURE')])
})

test('the gravest reason comes first, and the others are there too', async () => {
  const expired = issue(ca, 'Ancien', { notAfter: NOW - 1_000 })
  const changed = Buffer.from(signPdf(original, { ...signer, holder: expired }))
  changed.write('9', changed.indexOf('100 euros'))
  const { signatures } = await verifyPdf(changed, trust)

  expect(signatures[0]).toMatchObject(failed('HASH_FAILURE'))
  expect(signatures[0]?.reasons).toHaveLength(2)
})

describe('the level', () => {
  const NOT_BASELINE: Record<string, Partial<SignWish>> = {
    'with a signing-time attribute': {
      moreAttributes: [attribute(OID.signingTime, encodeTlv(0x17, Buffer.from('261124120000Z')))],
    },
    'without signing-certificate': { certificateDigest: null },
    'of ISO 32000-1': { replace: { 'ETSI.CAdES.detached': 'adbe.pkcs7.detached' } },
    'with open lengths': { cms: (digest) => withOpenLengths(makeCms(digest, signer)) },
    'without /M': { replace: { "/M (D:20261124120000+00'00')": '' } },
  }
  test.each(Object.entries(NOT_BASELINE))('of a signature %s is none', async (_, wish) => {
    const { signatures } = await verifyPdf(signPdf(original, { ...signer, ...wish }), trust)

    expect(signatures[0]).toMatchObject({ ...passed, level: null })
    expect(signatures[0]?.levelReasons).toHaveLength(1)
  })
})

test('a name that would lie in the report is shown with its tricks', async () => {
  const holder = issue(ca, 'Maire\u202eeriaM, CN=Chef')
  const { signatures } = await verifyPdf(signPdf(original, { ...signer, holder }), trust)

  expect(signatures[0]?.signer?.subject).toBe('CN=Maire\\e280aeeriaM\\, CN=Chef, O=Essais, C=FR')
})
