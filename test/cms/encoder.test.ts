import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as asn1js from 'asn1js'
import fc from 'fast-check'
import * as pkijs from 'pkijs'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  isSignatureAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../../hsm/algorithms.ts'
import { encodeSequence, encodeUnsigned } from '../../src/cms/der.ts'
import type { CmsEncoder } from '../../src/cms/encoder.ts'
import { HASH_OID, OID } from '../../src/cms/oids.ts'
import { makeSoftwareSigner, type SoftwareSigner } from '../support/software-signer.ts'

const CONTENT = Buffer.from('The two runs of a ByteRange.')
const ALGORITHMS = Object.keys(SIGNATURE_ALGORITHMS).filter(isSignatureAlgorithm)

describe.each(ALGORITHMS)('a CMS signature by %s', (algorithm) => {
  const { hash, scheme } = SIGNATURE_ALGORITHMS[algorithm]
  let signer: SoftwareSigner
  let cms: Uint8Array
  let signature: Uint8Array

  beforeAll(async () => {
    signer = await makeSoftwareSigner(algorithm)
    const attributes = signer.encoder.signedAttributes(digest(hash, CONTENT))
    signature = await signer.signDigest(digest(hash, attributes))
    cms = signer.encoder.encode(attributes, signature)
  })

  test('is what pkijs makes of the same parts, byte for byte', () => {
    const theirs = buildWithPkijs({ algorithm, ...certificatesOf(cms), signature })

    expect(hex(cms)).toBe(hex(theirs))
  })

  test('is read by pkijs and written again unchanged', () => {
    const { contentInfo, signedData } = parse(cms)

    const again = new pkijs.ContentInfo({
      contentType: contentInfo.contentType,
      content: signedData.toSchema(true),
    })

    expect(hex(new Uint8Array(again.toSchema().toBER()))).toBe(hex(cms))
  })

  test('verifies in pkijs, and not over other content', async () => {
    const verify = (content: Uint8Array) =>
      parse(cms).signedData.verify({ signer: 0, data: Uint8Array.from(content).buffer })

    expect(await verify(CONTENT)).toBe(true)
    await expect(verify(Buffer.from('other')).catch(() => false)).resolves.toBe(false)
  })

  test('verifies in OpenSSL up to the root', async () => {
    const verified = await verifyWithOpenssl(cms, signer.root)

    expect(verified).toEqual(CONTENT)
  })

  test('signs content-type, message-digest and signing-certificate-v2, and no time', () => {
    const [signerInfo] = parse(cms).signedData.signerInfos

    expect(signerInfo?.signedAttrs?.attributes.map(({ type }) => type).sort()).toEqual(
      [OID.contentType, OID.messageDigest, OID.signingCertificateV2].sort(),
    )
    expect(signerInfo?.unsignedAttrs).toBeUndefined()
  })

  test(`takes ${scheme === 'ecdsa' ? 'at most' : 'exactly'} the room that was measured`, () => {
    if (scheme === 'ecdsa') expect(cms.length).toBeLessThanOrEqual(signer.encoder.maxBytes)
    else expect(cms.length).toBe(signer.encoder.maxBytes)
  })

  test('refuses a digest of another hash', () => {
    expect(() => signer.encoder.signedAttributes(new Uint8Array(20))).toThrow(RangeError)
  })
})

test.each([
  { algorithm: 'ecdsa-p256-sha256', bits: 256n },
  { algorithm: 'ecdsa-p384-sha384', bits: 384n },
] as const)('no $algorithm signature outgrows the room', async ({ algorithm, bits }) => {
  const { encoder } = await makeSoftwareSigner(algorithm)
  const attributes = encoder.signedAttributes(digest(SIGNATURE_ALGORITHMS[algorithm].hash, CONTENT))
  const max = (1n << bits) - 1n
  const number = fc.oneof(
    fc.bigInt({ min: 1n, max }),
    fc.bigInt({ min: 0n, max: bits }).map((shift) => max >> shift),
  )

  fc.assert(
    fc.property(number, number, (r, s) => {
      const cms = encoder.encode(attributes, encodeSequence(integer(r), integer(s)))

      expect(cms.length).toBeLessThanOrEqual(encoder.maxBytes)
      expect(hex(new Uint8Array(asn1js.fromBER(Uint8Array.from(cms)).result.toBER()))).toBe(
        hex(cms),
      )
    }),
  )
  const longest = encoder.encode(attributes, encodeSequence(integer(max), integer(max)))
  expect(longest.length).toBe(encoder.maxBytes)
})

test('the attributes of two documents differ in the digest alone', async () => {
  const { encoder } = await makeSoftwareSigner()

  fc.assert(
    fc.property(sha256Digest, sha256Digest, (a, b) => {
      expect(blank(encoder, a)).toBe(blank(encoder, b))
      expect(hex(encoder.signedAttributes(a))).toContain(hex(a))
    }),
  )
})

const sha256Digest = fc.uint8Array({ minLength: 32, maxLength: 32 })

function blank(encoder: CmsEncoder, documentDigest: Uint8Array): string {
  return hex(encoder.signedAttributes(documentDigest)).replace(hex(documentDigest), '')
}

/** `SignedData` as a general library assembles it, what is a SET OF given in DER's order. */
function buildWithPkijs(parts: {
  algorithm: SignatureAlgorithm
  certificate: pkijs.Certificate
  issuing: pkijs.Certificate
  signature: Uint8Array
}): Uint8Array {
  const { algorithm, certificate, issuing, signature } = parts
  const { hash } = SIGNATURE_ALGORITHMS[algorithm]
  const digestAlgorithm = () => new pkijs.AlgorithmIdentifier({ algorithmId: HASH_OID[hash] })
  const certificateDer = Buffer.from(certificate.toSchema().toBER())
  const certHash = new asn1js.OctetString({ valueHex: digest('sha256', certificateDer) })
  const sequence = (...value: asn1js.AsnType[]) => new asn1js.Sequence({ value })
  const attributes = [
    new pkijs.Attribute({
      type: OID.contentType,
      values: [new asn1js.ObjectIdentifier({ value: OID.data })],
    }),
    new pkijs.Attribute({
      type: OID.messageDigest,
      values: [new asn1js.OctetString({ valueHex: digest(hash, CONTENT) })],
    }),
    new pkijs.Attribute({
      type: OID.signingCertificateV2,
      values: [sequence(sequence(sequence(certHash)))],
    }),
  ]
  const signerInfo = new pkijs.SignerInfo({
    version: 1,
    sid: new pkijs.IssuerAndSerialNumber({
      issuer: certificate.issuer,
      serialNumber: certificate.serialNumber,
    }),
    digestAlgorithm: digestAlgorithm(),
    signedAttrs: new pkijs.SignedAndUnsignedAttributes({
      type: 0,
      attributes: inOrder(attributes),
    }),
    signatureAlgorithm: signatureAlgorithm(algorithm),
    signature: new asn1js.OctetString({ valueHex: Uint8Array.from(signature) }),
  })
  const signedData = new pkijs.SignedData({
    version: 1,
    digestAlgorithms: [digestAlgorithm()],
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: OID.data }),
    certificates: inOrder([certificate, issuing]),
    signerInfos: [signerInfo],
  })
  const contentInfo = new pkijs.ContentInfo({
    contentType: OID.signedData,
    content: signedData.toSchema(true),
  })
  return new Uint8Array(contentInfo.toSchema().toBER())
}

function signatureAlgorithm(algorithm: SignatureAlgorithm): pkijs.AlgorithmIdentifier {
  const { scheme, hash, digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
  const [algorithmId = '', algorithmParams] = {
    'rsassa-pkcs1-v1_5': [PKCS1[hash], new asn1js.Null()] as const,
    ecdsa: [ECDSA[hash]] as const,
    'rsassa-pss': [OID.rsassaPss, pssParameters(HASH_OID[hash], digestBytes)] as const,
  }[scheme]
  return new pkijs.AlgorithmIdentifier({
    algorithmId,
    ...(algorithmParams !== undefined && { algorithmParams }),
  })
}

const PKCS1 = { sha256: OID.sha256WithRsa, sha384: OID.sha384WithRsa, sha512: OID.sha512WithRsa }
const ECDSA = {
  sha256: OID.ecdsaWithSha256,
  sha384: OID.ecdsaWithSha384,
  sha512: OID.ecdsaWithSha512,
}

function pssParameters(hashOid: string, saltLength: number): asn1js.Sequence {
  const hashAlgorithm = new pkijs.AlgorithmIdentifier({
    algorithmId: hashOid,
    algorithmParams: new asn1js.Null(),
  })
  const maskGenAlgorithm = new pkijs.AlgorithmIdentifier({
    algorithmId: OID.mgf1,
    algorithmParams: hashAlgorithm.toSchema(),
  })
  return new pkijs.RSASSAPSSParams({ hashAlgorithm, maskGenAlgorithm, saltLength }).toSchema()
}

function inOrder<Item extends { toSchema(): asn1js.AsnType }>(items: Item[]): Item[] {
  const der = (item: Item) => Buffer.from(item.toSchema().toBER())
  return [...items].sort((a, b) => Buffer.compare(der(a), der(b)))
}

function parse(cms: Uint8Array) {
  const contentInfo = pkijs.ContentInfo.fromBER(Uint8Array.from(cms).buffer)
  return { contentInfo, signedData: new pkijs.SignedData({ schema: contentInfo.content }) }
}

/** The certificate of the signer and the one above it, in whatever order they lie. */
function certificatesOf(cms: Uint8Array) {
  const { certificates = [], signerInfos } = parse(cms).signedData
  const all = certificates.filter((one) => one instanceof pkijs.Certificate)
  const sid = signerInfos[0]?.sid
  const isSigner = (one: pkijs.Certificate) =>
    sid instanceof pkijs.IssuerAndSerialNumber && one.serialNumber.isEqual(sid.serialNumber)
  const certificate = all.find(isSigner)
  const issuing = all.find((one) => !isSigner(one))
  if (certificate === undefined || issuing === undefined) throw new Error('there are not two')
  return { certificate, issuing }
}

/** @returns The content, as OpenSSL found it signed. */
async function verifyWithOpenssl(cms: Uint8Array, root: string): Promise<Buffer> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-cms-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const file = (name: string) => join(dir, name)
  await writeFile(file('cms.der'), cms)
  await writeFile(file('content'), CONTENT)
  await writeFile(file('root.pem'), root)
  const input = ['-inform', 'DER', '-in', file('cms.der'), '-content', file('content'), '-binary']
  const trust = ['-CAfile', file('root.pem'), '-purpose', 'any', '-x509_strict']
  const { stdout } = await promisify(execFile)('openssl', ['cms', '-verify', ...input, ...trust], {
    encoding: 'buffer',
  })
  return stdout
}

function integer(value: bigint): Uint8Array {
  const digits = value.toString(16)
  return encodeUnsigned(
    Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex'),
  )
}

function digest(hash: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash(hash).update(bytes).digest())
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
