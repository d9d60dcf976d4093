import { generateKeyPairSync, privateEncrypt, randomBytes } from 'node:crypto'
import type { SignDigest } from '../../hsm/algorithms.ts'
import { type Draw, finishSignature, prepareSignature } from '../../src/ades/pades.ts'
import { makeCmsEncoder } from '../../src/cms/encoder.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { buildCertificate, type Issuer } from '../../src/pki/certificate.ts'
import { encodeName } from '../../src/pki/name.ts'

const ALGORITHM = 'rsa-pkcs1-sha256'
const MODULUS_BITS = 2048
const YEAR_MS = 365 * 86_400_000
/** DER of `DigestInfo` up to the digest (RFC 8017 §9.2, note 1). */
const SHA256_PREFIX = Buffer.from('3031300d060960864801650304020105000420', 'hex')

const AUTHORITY = { country: 'FR', organisation: 'Exemple', commonName: 'Autorité d’exemple' }

/** Someone who signs one document with a key that is then forgotten. */
export interface ThrowawaySigner {
  /** An approval signature; returns the whole signed file. */
  readonly sign: (pdf: Uint8Array, asked: SigningWish, draw: Draw) => Promise<Uint8Array>
}

interface SigningWish {
  /** Unix ms. */
  readonly signedAt: number
  readonly reason: string
  readonly location: string
  readonly rect: { x: number; y: number; width: number; height: number }
}

/** An authority and a signer below it, both made now. */
export async function makeThrowawaySigner(
  signerName: string,
  notBefore: number,
): Promise<ThrowawaySigner> {
  const keys = { authority: generateKey(), signer: generateKey() }
  const signDigest: SignDigest = async ({ keyId, digest }) => {
    const { privateKey } = keyId === 'authority' ? keys.authority : keys.signer
    return privateEncrypt(privateKey, Buffer.concat([SHA256_PREFIX, digest]))
  }
  const validity = { notBefore, notAfter: notBefore + 3 * YEAR_MS }
  const issuer: Issuer = {
    name: encodeName(AUTHORITY),
    keyId: 'authority',
    algorithm: ALGORITHM,
    publicKey: keys.authority.spki,
    notAfter: validity.notAfter,
  }
  const issue = async (
    request: Pick<Parameters<typeof buildCertificate>[0], 'profile' | 'subject' | 'publicKey'>,
  ) => {
    return buildCertificate(
      { ...request, ...validity, serial: randomBytes(20) },
      issuer,
      signDigest,
    )
  }
  const root = await issue({ profile: 'root-ca', subject: AUTHORITY, publicKey: issuer.publicKey })
  const own = await issue({
    profile: 'seal',
    subject: { country: 'FR', organisation: 'Exemple', commonName: signerName },
    publicKey: keys.signer.spki,
  })
  const encoder = makeCmsEncoder({
    certificate: own.der,
    chain: [root.der],
    algorithm: ALGORITHM,
    signatureBytesMax: MODULUS_BITS / 8,
  })
  return {
    async sign(pdf, asked, draw) {
      const prepared = await prepareSignature(
        bytesSource(pdf),
        encoder,
        { ...asked, signerName },
        draw,
      )
      const { digest } = prepared
      const signature = await signDigest({ keyId: 'signer', algorithm: ALGORITHM, digest })
      const { appendix } = finishSignature(prepared, signature, keys.signer.publicKey)
      return Buffer.concat([pdf, appendix])
    },
  }
}

function generateKey() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: MODULUS_BITS })
  return { privateKey, publicKey, spki: publicKey.export({ type: 'spki', format: 'der' }) }
}
