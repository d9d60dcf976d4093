import { hash } from 'node:crypto'
import { SIGNATURE_ALGORITHMS } from '../../hsm/algorithms.ts'
import { FaultySignature } from '../ades/pades.ts'
import { verifyDigest } from '../ades/verify-digest.ts'
import { verifyRaw } from '../ades/verify-raw.ts'
import type { SealTools } from './seal-kit.ts'
import { fillHoles, type Signer } from './sign-documents.ts'

/** Digests to be signed alike, as plain data: it goes to a thread. */
export interface DigestJob {
  /** `cms`: a detached CMS over a document with this digest. `raw`: the digest itself, signed. */
  readonly format: 'cms' | 'raw'
  /** By the hash of the seal's algorithm. */
  readonly digests: readonly Uint8Array[]
}

/** The signatures of a job, in the order of its digests. */
export interface SignedDigests {
  /** In UTF-8, `"base64","base64",…`: what stands between the brackets of a JSON array. */
  readonly json: Uint8Array<ArrayBuffer>
  readonly signatures: readonly SignedDigest[]
}

interface SignedDigest {
  /** The digest the HSM signed, hex. */
  readonly signedDigest: string
  /** SHA-256 of the signature that is given out, hex. */
  readonly sha256: string
  readonly bytes: number
}

interface DigestHole {
  readonly given: Uint8Array
  /** The DER that is signed; for `raw` there is none. */
  readonly attributes: Uint8Array | undefined
  readonly digest: Uint8Array
}

/**
 * Sign digests. Every signature is verified before it is given out.
 *
 * @throws AppError or GuardError as `fillHoles`; then nothing of the job counts.
 */
export async function signDigestJob(
  signer: Signer,
  tools: SealTools,
  { format, digests }: DigestJob,
): Promise<SignedDigests> {
  const holes = digests.map((given) => (format === 'cms' ? cmsHole(tools, given) : rawHole(given)))
  const made = await fillHoles(signer, tools.kit, holes, (hole, signature) =>
    finish(tools, hole, signature),
  )
  return {
    // A buffer of its own, so that it can be handed over.
    json: new Uint8Array(Buffer.from(made.map(toJson).join())),
    signatures: made.map((signature, i) => ({
      signedDigest: hex(holes[i]?.digest ?? signature),
      sha256: hash('sha256', signature, 'hex'),
      bytes: signature.length,
    })),
  }
}

function cmsHole({ encoder }: SealTools, given: Uint8Array): DigestHole {
  const attributes = encoder.signedAttributes(given)
  const { hash: ofAttributes } = SIGNATURE_ALGORITHMS[encoder.algorithm]
  return { given, attributes, digest: hash(ofAttributes, attributes, 'buffer') }
}

function rawHole(given: Uint8Array): DigestHole {
  return { given, attributes: undefined, digest: given }
}

function finish(
  { encoder, publicKey }: SealTools,
  { given, attributes }: DigestHole,
  signature: Uint8Array,
): Uint8Array {
  const { algorithm } = encoder
  const isRight =
    attributes === undefined
      ? verifyDigest(algorithm, publicKey, given, signature)
      : verifyRaw(algorithm, publicKey, attributes, signature)
  if (!isRight) {
    throw new FaultySignature(
      'the signature does not verify with the public key of the certificate',
    )
  }
  return attributes === undefined ? signature : encoder.encode(attributes, signature)
}

function toJson(signature: Uint8Array): string {
  return `"${buffer(signature).toString('base64')}"`
}

function hex(bytes: Uint8Array): string {
  return buffer(bytes).toString('hex')
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
