import { type KeyObject, X509Certificate } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { SignatureAlgorithm } from '../../hsm/algorithms.ts'
import { type CmsEncoder, makeCmsEncoder } from '../cms/encoder.ts'

export interface Logo {
  readonly type: 'png' | 'jpeg'
  readonly bytes: Uint8Array
}

/** What it takes to apply a seal, as plain data: it goes to threads. */
export interface SealKit {
  readonly organisation: string
  /** Hex CKA_ID. */
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  /** DER. */
  readonly certificate: Uint8Array
  /** DER, from the issuer up; the root is left out. */
  readonly chain: readonly Uint8Array[]
  readonly logo: Logo | undefined
}

/** A kit with what is made of it once for all documents. */
export interface SealTools {
  readonly kit: SealKit
  readonly publicKey: KeyObject
  readonly encoder: CmsEncoder
}

/** @throws RangeError when the certificate's key cannot make signatures of the algorithm. */
export function makeSealTools(kit: SealKit): SealTools {
  const { certificate, chain, algorithm } = kit
  const { publicKey } = new X509Certificate(certificate)
  const encoder = makeCmsEncoder({
    certificate,
    chain: [...chain],
    algorithm,
    signatureBytesMax: signatureBytesMax(publicKey.asymmetricKeyDetails),
  })
  return { kit, publicKey, encoder }
}

/** An ECDSA signature in DER is at most two integers of one octet more than the curve, and headers. */
function signatureBytesMax(
  details: { modulusLength?: number; namedCurve?: string } | undefined,
): number {
  if (details?.modulusLength !== undefined) return details.modulusLength / 8
  return details?.namedCurve === 'secp384r1' ? 104 : 72
}

export function isSameKit(a: SealKit, b: SealKit): boolean {
  return isDeepStrictEqual(a, b)
}
