import { createHash } from 'node:crypto'
import { readChildren, readTlv } from '../cms/der.ts'
import { OID } from '../cms/oids.ts'
import {
  childAt,
  contentOf,
  type ParsedSignedData,
  type ParsedSigner,
  parseAlgorithm,
  readOid,
} from '../cms/parse.ts'
import { hashOf, isWeakHash, isWeakKey, signatureHash, verifyWith } from '../cms/verify.ts'
import { type Certificate, serialHex } from '../pki/x509.ts'
import { type Finding, failed, undecided } from './finding.ts'

/** What a CMS signature is worth in itself, before anyone is trusted. */
export interface CmsVerdict {
  readonly findings: readonly Finding[]
  readonly signer: Certificate | undefined
  /** Name of the hash over the content, or undefined when we do not know it. */
  readonly digestAlgorithm: string | undefined
  /** Whether a signed attribute binds the signer's certificate (RFC 5035 §3). */
  readonly bindsCertificate: boolean
}

interface CmsCheck {
  readonly signedData: ParsedSignedData
  /** The content type that is demanded: data for documents, TSTInfo for timestamps. */
  readonly contentType: string
  /** Digest of what is signed, by a hash of node's name. */
  digest(hash: string): Promise<Uint8Array>
  /** Where the signer's certificate may be found. */
  readonly certificates: readonly Certificate[]
}

/** Verify digest, attributes, certificate and signature (ETSI EN 319 102-1 §5.2.3 and §5.2.7). */
export async function judgeCms(check: CmsCheck): Promise<CmsVerdict> {
  const { signer } = check.signedData
  const digestAlgorithm = hashOf(signer.digestAlgorithm.oid)
  if (signer.signedAttributes === undefined) {
    const reason = 'It signs no attributes, a form that is not judged.'
    return verdict([undecided('FORMAT_FAILURE', reason)], { digestAlgorithm })
  }
  if (digestAlgorithm === undefined) {
    const reason = `Its digest algorithm ${signer.digestAlgorithm.oid} is not known.`
    return verdict([undecided('CRYPTO_CONSTRAINTS_FAILURE_NO_POE', reason)], {})
  }
  const holder = findSigner(signer, check.certificates)
  const binding = holder && bindingOf(signer, holder)
  const findings = [
    ...attributeFindings(check, signer),
    ...digestFindings(signer, await check.digest(digestAlgorithm)),
    ...(holder === undefined
      ? [NO_CERTIFICATE]
      : signatureFindings(signer, holder, digestAlgorithm)),
    ...(binding === 'another' ? [OTHER_CERTIFICATE] : []),
    ...(isWeakHash(digestAlgorithm) ? [weak(`the hash ${digestAlgorithm}`)] : []),
  ]
  return verdict(findings, {
    digestAlgorithm,
    bindsCertificate: binding === 'this',
    ...(holder && { signer: holder }),
  })
}

function verdict(findings: readonly Finding[], known: Partial<CmsVerdict>): CmsVerdict {
  return {
    signer: undefined,
    digestAlgorithm: undefined,
    bindsCertificate: false,
    ...known,
    findings,
  }
}

const NO_CERTIFICATE = undecided(
  'NO_SIGNING_CERTIFICATE_FOUND',
  'The signer’s certificate is not in the document.',
)
const OTHER_CERTIFICATE = undecided(
  'NO_SIGNING_CERTIFICATE_FOUND',
  'The signed attributes name another certificate than the signer’s.',
)

function weak(what: string): Finding {
  return undecided('CRYPTO_CONSTRAINTS_FAILURE_NO_POE', `It rests on ${what}, which is too weak.`)
}

/** content-type and message-digest stand once, with one value (RFC 5652 §11.1 and §11.2). */
function attributeFindings({ signedData, contentType }: CmsCheck, signer: ParsedSigner): Finding[] {
  const [type, ...moreTypes] = signer.attribute(OID.contentType)
  const isRight =
    type !== undefined &&
    moreTypes.length === 0 &&
    tolerant(() => readOid(type, readTlv(type, 0))) === contentType &&
    signedData.contentType === contentType
  return isRight ? [] : [failed('FORMAT_FAILURE', 'Its content type is not the one it signs.')]
}

function digestFindings(signer: ParsedSigner, expected: Uint8Array): Finding[] {
  const [value, ...more] = signer.attribute(OID.messageDigest)
  const found = value && tolerant(() => contentOf(value, readTlv(value, 0)))
  if (found === undefined || more.length > 0) {
    return [failed('FORMAT_FAILURE', 'It signs no digest, or several.')]
  }
  if (Buffer.compare(found, expected) === 0) return []
  return [failed('HASH_FAILURE', 'What it covers was changed after signing.')]
}

function signatureFindings(
  signer: ParsedSigner,
  { publicKey }: Certificate,
  digestAlgorithm: string,
): Finding[] {
  const { signatureAlgorithm, signedAttributes, signature } = signer
  const hash = signatureHash(signatureAlgorithm, digestAlgorithm)
  if (hash === undefined || publicKey === undefined || signedAttributes === undefined) {
    const reason = `Its signature algorithm ${signatureAlgorithm.oid} is not known.`
    return [undecided('CRYPTO_CONSTRAINTS_FAILURE_NO_POE', reason)]
  }
  if (!verifyWith(signatureAlgorithm, publicKey, signedAttributes, signature, digestAlgorithm)) {
    const reason = 'The signature was not made by the key of the signer’s certificate.'
    return [failed('SIG_CRYPTO_FAILURE', reason)]
  }
  return [
    ...(isWeakHash(hash) && hash !== digestAlgorithm ? [weak(`the hash ${hash}`)] : []),
    ...(isWeakKey(publicKey) ? [weak('the signer’s key')] : []),
  ]
}

/** By issuer and serial, or by key identifier; of several the one that the attributes bind. */
function findSigner(
  signer: ParsedSigner,
  certificates: readonly Certificate[],
): Certificate | undefined {
  const { issuerAndSerial: named, subjectKeyIdentifier: keyId } = signer
  const candidates = certificates.filter((certificate) => {
    if (named !== undefined) {
      return (
        Buffer.compare(certificate.issuer, named.issuer) === 0 &&
        certificate.serial === serialHex(named.serial)
      )
    }
    const own = certificate.subjectKeyIdentifier
    return keyId !== undefined && own !== undefined && Buffer.compare(own, keyId) === 0
  })
  return candidates.find((one) => bindingOf(signer, one) === 'this') ?? candidates[0]
}

/** Whether signing-certificate or its second version names this certificate first (RFC 5035 §3 and §4). */
function bindingOf(signer: ParsedSigner, { der }: Certificate): 'this' | 'another' | 'none' {
  const [v2] = signer.attribute(OID.signingCertificateV2)
  const [v1] = signer.attribute(OID.signingCertificate)
  const value = v2 ?? v1
  if (value === undefined) return 'none'
  const first = tolerant(() => firstCertificateId(value, v2 === undefined ? OID.sha1 : OID.sha256))
  const hash = first && hashOf(first.hashOid)
  if (first === undefined || hash === undefined) return 'another'
  return Buffer.compare(createHash(hash).update(der).digest(), first.digest) === 0
    ? 'this'
    : 'another'
}

/** The first `ESSCertIDv2`, or `ESSCertID`, which has no algorithm. */
function firstCertificateId(value: Uint8Array, defaultOid: string) {
  const first = childAt(value, childAt(value, readTlv(value, 0), 0), 0)
  const [algorithm, digest] = readChildren(value, first)
  if (algorithm === undefined) throw new RangeError('it is empty')
  const hasAlgorithm = algorithm.tag === SEQUENCE && digest?.tag === OCTET_STRING
  return hasAlgorithm
    ? { hashOid: parseAlgorithm(value, algorithm).oid, digest: contentOf(value, digest) }
    : { hashOid: defaultOid, digest: contentOf(value, algorithm) }
}

const SEQUENCE = 0x30
const OCTET_STRING = 0x04

function tolerant<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
