import { constants, type KeyObject, verify } from 'node:crypto'
import { readChildren, readTlv } from './der.ts'
import { OID } from './oids.ts'
import { childAt, contentOf, type ParsedAlgorithm, parseAlgorithm, readOid } from './parse.ts'

/** Digests by OID, with the names node knows them by. */
const HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.5': 'md5',
  [OID.sha1]: 'sha1',
  [OID.sha256]: 'sha256',
  [OID.sha384]: 'sha384',
  [OID.sha512]: 'sha512',
}

const SIGNATURE_HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'md5',
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.10045.4.1': 'sha1',
  [OID.sha256WithRsa]: 'sha256',
  [OID.sha384WithRsa]: 'sha384',
  [OID.sha512WithRsa]: 'sha512',
  [OID.ecdsaWithSha256]: 'sha256',
  [OID.ecdsaWithSha384]: 'sha384',
  [OID.ecdsaWithSha512]: 'sha512',
}

/** The hash an OID names, or undefined when we do not know it. */
export function hashOf(oid: string): string | undefined {
  return HASHES[oid]
}

/** Hashes that prove nothing any more (ETSI TS 119 312 §5.2). */
export function isWeakHash(hash: string): boolean {
  return hash === 'md5' || hash === 'sha1'
}

/** The hash of a signature algorithm; `digestHash` for those that leave it to the digest's own field. */
export function signatureHash(algorithm: ParsedAlgorithm, digestHash?: string): string | undefined {
  if (algorithm.oid === OID.rsassaPss) return pssParameters(algorithm)?.hash
  return (
    SIGNATURE_HASHES[algorithm.oid] ??
    (algorithm.oid === OID.rsaEncryption ? digestHash : undefined)
  )
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
  if (hash === undefined) return false
  try {
    if (algorithm.oid !== OID.rsassaPss) return verify(hash, message, publicKey, signature)
    const saltLength = pssParameters(algorithm)?.saltBytes ?? constants.RSA_PSS_SALTLEN_AUTO
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return verify(hash, message, { key: publicKey, padding, saltLength }, signature)
  } catch {
    return false
  }
}

/** `RSASSA-PSS-params` (RFC 4055 §3.1) where message and mask use one hash, as everyone does. */
function pssParameters({ parameters }: ParsedAlgorithm) {
  if (parameters === undefined) return undefined
  const fields = readChildren(parameters, readTlv(parameters, 0))
  const field = (tag: number) => fields.find((candidate) => candidate.tag === tag)
  const hashField = field(0xa0)
  const maskField = field(0xa1)
  const saltField = field(0xa2)
  if (hashField === undefined || maskField === undefined || saltField === undefined)
    return undefined
  const hashOid = parseAlgorithm(parameters, childAt(parameters, hashField, 0)).oid
  const mask = childAt(parameters, maskField, 0)
  const maskOid = readOid(parameters, childAt(parameters, childAt(parameters, mask, 1), 0))
  const hash = HASHES[hashOid]
  if (hash === undefined || maskOid !== hashOid) return undefined
  const salt = contentOf(parameters, childAt(parameters, saltField, 0))
  return { hash, saltBytes: salt.reduce((sum, octet) => sum * 256 + octet, 0) }
}
