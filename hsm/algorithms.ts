/** The kinds of key the appliance makes and uses. */
export const KEY_ALGORITHMS = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'p-256', 'p-384'] as const
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]

export function isKeyAlgorithm(text: string): text is KeyAlgorithm {
  return KEY_ALGORITHMS.some((algorithm) => algorithm === text)
}

export type HashAlgorithm = 'sha256' | 'sha384' | 'sha512'

interface SignatureRow {
  readonly keys: readonly KeyAlgorithm[]
  readonly scheme: 'rsassa-pkcs1-v1_5' | 'rsassa-pss' | 'ecdsa'
  readonly hash: HashAlgorithm
  readonly digestBytes: number
}

const RSA = ['rsa-2048', 'rsa-3072', 'rsa-4096'] as const

/** All there is to know of a signature algorithm outside PKCS#11 and ASN.1: one row each. */
export const SIGNATURE_ALGORITHMS = {
  'rsa-pkcs1-sha256': { keys: RSA, scheme: 'rsassa-pkcs1-v1_5', hash: 'sha256', digestBytes: 32 },
  'rsa-pkcs1-sha384': { keys: RSA, scheme: 'rsassa-pkcs1-v1_5', hash: 'sha384', digestBytes: 48 },
  'rsa-pkcs1-sha512': { keys: RSA, scheme: 'rsassa-pkcs1-v1_5', hash: 'sha512', digestBytes: 64 },
  'rsa-pss-sha256': { keys: RSA, scheme: 'rsassa-pss', hash: 'sha256', digestBytes: 32 },
  'rsa-pss-sha384': { keys: RSA, scheme: 'rsassa-pss', hash: 'sha384', digestBytes: 48 },
  'rsa-pss-sha512': { keys: RSA, scheme: 'rsassa-pss', hash: 'sha512', digestBytes: 64 },
  'ecdsa-p256-sha256': { keys: ['p-256'], scheme: 'ecdsa', hash: 'sha256', digestBytes: 32 },
  'ecdsa-p384-sha384': { keys: ['p-384'], scheme: 'ecdsa', hash: 'sha384', digestBytes: 48 },
} as const satisfies Record<string, SignatureRow>

export type SignatureAlgorithm = keyof typeof SIGNATURE_ALGORITHMS

export function isSignatureAlgorithm(text: string): text is SignatureAlgorithm {
  return text in SIGNATURE_ALGORITHMS
}

/** The algorithm a key signs with unless something else is asked. */
export const DEFAULT_SIGNATURE_ALGORITHM: Record<KeyAlgorithm, SignatureAlgorithm> = {
  'rsa-2048': 'rsa-pkcs1-sha256',
  'rsa-3072': 'rsa-pkcs1-sha256',
  'rsa-4096': 'rsa-pkcs1-sha512',
  'p-256': 'ecdsa-p256-sha256',
  'p-384': 'ecdsa-p384-sha384',
}

/**
 * One digest to be signed by one key. The one effect of the product: everything else that makes
 * a signature is a pure function on either side of it.
 *
 * @returns The signature as CMS and X.509 carry it: the RSA octets, or the DER `Ecdsa-Sig-Value`.
 */
export type SignDigest = (request: {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  readonly digest: Uint8Array
}) => Promise<Uint8Array>
