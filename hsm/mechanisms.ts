import pkcs11 from 'pkcs11js'
import type { HashAlgorithm, KeyAlgorithm, SignatureAlgorithm } from './algorithms.ts'
import { SIGNATURE_ALGORITHMS } from './algorithms.ts'

const C = pkcs11

/** What PKCS#11 has to be told for one signature algorithm. */
export interface SigningMechanism {
  readonly mechanism: pkcs11.Mechanism
  /** What stands before the digest in the octets that are signed. */
  readonly prefix: Uint8Array
  /** `r||s` is what CKM_ECDSA answers (PKCS#11 v2.40 §2.3.1); CMS and X.509 want it in DER. */
  readonly output: 'rsa' | 'r||s'
}

/** DigestInfo up to the digest, RFC 8017 §9.2 note 1. */
const DIGEST_INFO: Record<HashAlgorithm, string> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

const PSS_HASH: Record<HashAlgorithm, { hashAlg: number; mgf: number; saltLen: number }> = {
  sha256: { hashAlg: C.CKM_SHA256, mgf: C.CKG_MGF1_SHA256, saltLen: 32 },
  sha384: { hashAlg: C.CKM_SHA384, mgf: C.CKG_MGF1_SHA384, saltLen: 48 },
  sha512: { hashAlg: C.CKM_SHA512, mgf: C.CKG_MGF1_SHA512, saltLen: 64 },
}

const NOTHING = new Uint8Array(0)

/** The token signs digests only: hashing happens where the document is. */
const MECHANISM_OF_SCHEME = {
  'rsassa-pkcs1-v1_5': (hash: HashAlgorithm): SigningMechanism => ({
    mechanism: { mechanism: C.CKM_RSA_PKCS },
    prefix: Buffer.from(DIGEST_INFO[hash], 'hex'),
    output: 'rsa',
  }),
  // The salt is as long as the hash, RFC 8017 §9.1 note 4 and EN 319 142-1's referenced suites.
  'rsassa-pss': (hash: HashAlgorithm): SigningMechanism => ({
    mechanism: {
      mechanism: C.CKM_RSA_PKCS_PSS,
      parameter: { type: C.CK_PARAMS_RSA_PSS, ...PSS_HASH[hash] },
    },
    prefix: NOTHING,
    output: 'rsa',
  }),
  ecdsa: (): SigningMechanism => ({
    mechanism: { mechanism: C.CKM_ECDSA },
    prefix: NOTHING,
    output: 'r||s',
  }),
} as const

/** How the token is asked for a signature of this algorithm. */
export function signingMechanism(algorithm: SignatureAlgorithm): SigningMechanism {
  const { scheme, hash } = SIGNATURE_ALGORITHMS[algorithm]
  return MECHANISM_OF_SCHEME[scheme](hash)
}

/** How a key pair of one kind is made, and how it is known again. */
export type KeyMechanism =
  | { readonly family: 'rsa'; readonly generation: number; readonly modulusBits: number }
  | {
      readonly family: 'ec'
      readonly generation: number
      /** DER OBJECT IDENTIFIER of the named curve, as CKA_EC_PARAMS holds it (RFC 5480 §2.1.1). */
      readonly curve: string
      readonly jwkCurve: 'P-256' | 'P-384'
      readonly coordinateBytes: number
    }

const rsa = (modulusBits: number): KeyMechanism => ({
  family: 'rsa',
  generation: C.CKM_RSA_PKCS_KEY_PAIR_GEN,
  modulusBits,
})
const ec = (jwkCurve: 'P-256' | 'P-384', curve: string, coordinateBytes: number): KeyMechanism => ({
  family: 'ec',
  generation: C.CKM_EC_KEY_PAIR_GEN,
  curve,
  jwkCurve,
  coordinateBytes,
})

export const KEY_MECHANISMS: Record<KeyAlgorithm, KeyMechanism> = {
  'rsa-2048': rsa(2048),
  'rsa-3072': rsa(3072),
  'rsa-4096': rsa(4096),
  'p-256': ec('P-256', '06082a8648ce3d030107', 32),
  'p-384': ec('P-384', '06052b81040022', 48),
}

/** Mechanisms the appliance wants of a token; `sceau doctor` asks for each. */
export const WANTED_MECHANISMS: readonly { readonly name: string; readonly value: number }[] = [
  { name: 'CKM_RSA_PKCS', value: C.CKM_RSA_PKCS },
  { name: 'CKM_RSA_PKCS_PSS', value: C.CKM_RSA_PKCS_PSS },
  { name: 'CKM_ECDSA', value: C.CKM_ECDSA },
  { name: 'CKM_RSA_PKCS_KEY_PAIR_GEN', value: C.CKM_RSA_PKCS_KEY_PAIR_GEN },
  { name: 'CKM_EC_KEY_PAIR_GEN', value: C.CKM_EC_KEY_PAIR_GEN },
  { name: 'CKM_GENERIC_SECRET_KEY_GEN', value: C.CKM_GENERIC_SECRET_KEY_GEN },
  { name: 'CKM_SHA256_HMAC', value: C.CKM_SHA256_HMAC },
]

interface KeyTemplates {
  readonly publicKey: pkcs11.Template
  readonly privateKey: pkcs11.Template
}

/** Templates of a new key pair: it lives in the token, cannot leave it, and does nothing but sign. */
export function keyTemplates(
  algorithm: KeyAlgorithm,
  { id, label }: { id: Uint8Array; label: string },
): KeyTemplates {
  const row = KEY_MECHANISMS[algorithm]
  const name = [
    { type: C.CKA_ID, value: Buffer.from(id) },
    { type: C.CKA_LABEL, value: Buffer.from(label, 'utf8') },
  ]
  return {
    publicKey: [
      { type: C.CKA_TOKEN, value: true },
      { type: C.CKA_PRIVATE, value: false },
      { type: C.CKA_VERIFY, value: true },
      ...(row.family === 'rsa'
        ? [
            { type: C.CKA_MODULUS_BITS, value: row.modulusBits },
            { type: C.CKA_PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1]) },
            { type: C.CKA_ENCRYPT, value: false },
            { type: C.CKA_WRAP, value: false },
          ]
        : [{ type: C.CKA_EC_PARAMS, value: Buffer.from(row.curve, 'hex') }]),
      ...name,
    ],
    privateKey: [
      { type: C.CKA_TOKEN, value: true },
      // Only who has logged in may see or use it.
      { type: C.CKA_PRIVATE, value: true },
      // Its value can be read by nobody, not even after a login …
      { type: C.CKA_SENSITIVE, value: true },
      // … and cannot be wrapped to be carried out.
      { type: C.CKA_EXTRACTABLE, value: false },
      { type: C.CKA_SIGN, value: true },
      // Some modules grant every use that is not denied: a signing key that also decrypts is a hole.
      { type: C.CKA_SIGN_RECOVER, value: false },
      { type: C.CKA_DECRYPT, value: false },
      { type: C.CKA_UNWRAP, value: false },
      { type: C.CKA_DERIVE, value: false },
      ...name,
    ],
  }
}
