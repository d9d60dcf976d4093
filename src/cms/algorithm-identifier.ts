import {
  type HashAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../../hsm/algorithms.ts'
import {
  contextTag,
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
  encodeTlv,
  NULL,
} from './der.ts'
import { HASH_OID, OID } from './oids.ts'

const RSA_WITH: Record<HashAlgorithm, string> = {
  sha256: OID.sha256WithRsa,
  sha384: OID.sha384WithRsa,
  sha512: OID.sha512WithRsa,
}
const ECDSA_WITH: Record<HashAlgorithm, string> = {
  sha256: OID.ecdsaWithSha256,
  sha384: OID.ecdsaWithSha384,
  sha512: OID.ecdsaWithSha512,
}

/** `AlgorithmIdentifier` of a digest; parameters are absent (RFC 5754 §2). */
export function digestAlgorithmIdentifier(hash: HashAlgorithm): Uint8Array {
  return encodeSequence(encodeOid(HASH_OID[hash]))
}

/**
 * `AlgorithmIdentifier` of a signature, in X.509 and CMS alike: NULL parameters for PKCS#1 v1.5
 * (RFC 4055 §5), none for ECDSA (RFC 5758 §3.2), all four spelt out for PSS (RFC 4055 §3.1).
 */
export function signatureAlgorithmIdentifier(algorithm: SignatureAlgorithm): Uint8Array {
  const { scheme, hash, digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
  switch (scheme) {
    case 'rsassa-pkcs1-v1_5':
      return encodeSequence(encodeOid(RSA_WITH[hash]), NULL)
    case 'ecdsa':
      return encodeSequence(encodeOid(ECDSA_WITH[hash]))
    case 'rsassa-pss':
      return encodeSequence(encodeOid(OID.rsassaPss), pssParameters(hash, digestBytes))
  }
}

/** `RSASSA-PSS-params`: same hash for message and mask, salt as long as the hash. */
function pssParameters(hash: HashAlgorithm, saltBytes: number): Uint8Array {
  const hashIdentifier = encodeSequence(encodeOid(HASH_OID[hash]), NULL)
  return encodeSequence(
    encodeTlv(contextTag(0), hashIdentifier),
    encodeTlv(contextTag(1), encodeSequence(encodeOid(OID.mgf1), hashIdentifier)),
    encodeTlv(contextTag(2), encodeSmallInteger(saltBytes)),
  )
}
