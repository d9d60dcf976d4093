import { constants, type KeyObject, verify } from 'node:crypto'
import { readChildren, readTlv, type Tlv } from './der.ts'
import { OID } from './oids.ts'
import { childAt, contentOf, type ParsedAlgorithm, parseAlgorithm, readOid } from './parse.ts'

/** Digests by OID, with the names node knows them by. */
const HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.5': 'md5',
  [OID.sha1]: 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  [OID.sha256]: 'sha256',
  [OID.sha384]: 'sha384',
  [OID.sha512]: 'sha512',
}

/** Signature algorithms that name their hash, with the kind of key each belongs to. */
const SIGNATURES: Readonly<Record<string, { readonly hash: string; readonly key: 'rsa' | 'ec' }>> =
  {
    '1.2.840.113549.1.1.4': { hash: 'md5', key: 'rsa' },
    '1.2.840.113549.1.1.5': { hash: 'sha1', key: 'rsa' },
    '1.2.840.113549.1.1.14': { hash: 'sha224', key: 'rsa' },
    [OID.sha256WithRsa]: { hash: 'sha256', key: 'rsa' },
    [OID.sha384WithRsa]: { hash: 'sha384', key: 'rsa' },
    [OID.sha512WithRsa]: { hash: 'sha512', key: 'rsa' },
    '1.2.840.10045.4.1': { hash: 'sha1', key: 'ec' },
    '1.2.840.10045.4.3.1': { hash: 'sha224', key: 'ec' },
    [OID.ecdsaWithSha256]: { hash: 'sha256', key: 'ec' },
    [OID.ecdsaWithSha384]: { hash: 'sha384', key: 'ec' },
    [OID.ecdsaWithSha512]: { hash: 'sha512', key: 'ec' },
  }

/** The hash an OID names, or undefined when we do not know it. */
export function hashOf(oid: string): string | undefined {
  return HASHES[oid]
}

const STRONG_HASHES = new Set(['sha256', 'sha384', 'sha512'])

/** Whether a hash is too weak to prove anything still (ETSI TS 119 312 §5.2). */
export function isWeakHash(hash: string): boolean {
  return !STRONG_HASHES.has(hash)
}

const RSA_BITS_MIN = 1_900
const STRONG_CURVES = new Set([
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
])

/** Whether a key is too short, or of a kind that is not agreed upon (ETSI TS 119 312 §6.2). */
export function isWeakKey(key: KeyObject): boolean {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) return modulusLength < RSA_BITS_MIN
  return namedCurve === undefined || !STRONG_CURVES.has(namedCurve)
}

/**
 * The hash of a signature algorithm, or undefined when we do not know the algorithm.
 *
 * @param digestHash - For those that leave it to the digest's own field.
 */
export function signatureHash(algorithm: ParsedAlgorithm, digestHash?: string): string | undefined {
  if (algorithm.oid === OID.rsassaPss) return pssParameters(algorithm)?.hash
  if (algorithm.oid === OID.rsaEncryption) return digestHash
  return SIGNATURES[algorithm.oid]?.hash
}

/**
 * Verify a signature made by any algorithm of our table or its older kin.
 *
 * @returns false also for an algorithm or a key we do not know.
 */
export function verifyWith(
  algorithm: ParsedAlgorithm,
  publicKey: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
  digestHash?: string,
): boolean {
  const hash = signatureHash(algorithm, digestHash)
  if (hash === undefined || !isKeyFor(algorithm, publicKey)) return false
  try {
    if (algorithm.oid !== OID.rsassaPss) return verify(hash, message, publicKey, signature)
    const saltLength = pssParameters(algorithm)?.saltBytes ?? 0
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return verify(hash, message, { key: publicKey, padding, saltLength }, signature)
  } catch {
    return false
  }
}

/** Node verifies by the key and never looks at the algorithm's name. */
function isKeyFor({ oid }: ParsedAlgorithm, { asymmetricKeyType }: KeyObject): boolean {
  if (oid === OID.rsassaPss) return asymmetricKeyType === 'rsa' || asymmetricKeyType === 'rsa-pss'
  return asymmetricKeyType === (SIGNATURES[oid]?.key ?? 'rsa')
}

const SALT_BYTES_MAX = 512

/**
 * `RSASSA-PSS-params` (RFC 4055 §3.1) where message and mask use one hash, as everyone does. What is
 * left out is SHA-1 with a salt of 20 octets.
 */
function pssParameters({ parameters }: ParsedAlgorithm) {
  if (parameters === undefined) return undefined
  try {
    const fields = readChildren(parameters, readTlv(parameters, 0))
    const field = (tag: number) => {
      const found = fields.find((candidate) => candidate.tag === tag)
      return found && childAt(parameters, found, 0)
    }
    const hash = pssHash(parameters, field(0xa0))
    const mask = field(0xa1)
    const maskHash = pssHash(parameters, mask && childAt(parameters, mask, 1))
    const isMgf1 = mask === undefined || parseAlgorithm(parameters, mask).oid === OID.mgf1
    const salt = field(0xa2)
    const saltBytes = salt === undefined ? 20 : smallInteger(contentOf(parameters, salt))
    const isKnown = hash !== undefined && hash === maskHash && isMgf1 && saltBytes <= SALT_BYTES_MAX
    return isKnown ? { hash, saltBytes } : undefined
  } catch {
    return undefined
  }
}

function pssHash(parameters: Uint8Array, identifier: Tlv | undefined): string | undefined {
  if (identifier === undefined) return 'sha1'
  return HASHES[readOid(parameters, childAt(parameters, identifier, 0))]
}

function smallInteger(octets: Uint8Array): number {
  return octets.reduce((sum, octet) => sum * 256 + octet, 0)
}
