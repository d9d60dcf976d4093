import { createHash, type Hash, type KeyObject } from 'node:crypto'
import { SIGNATURE_ALGORITHMS } from '../../hsm/algorithms.ts'
import type { CmsEncoder } from '../cms/encoder.ts'
import { fillContents, type SignaturePlan, signedParts } from '../pdf/byte-range.ts'
import { type PdfDocument, readPdf } from '../pdf/document.ts'
import type { DrawnAppearance } from '../pdf/drawn.ts'
import { claimedPdfaPart } from '../pdf/place.ts'
import { planSignature, prepare } from '../pdf/plan.ts'
import type { SignatureRequest } from '../pdf/request.ts'
import type { PdfSource } from '../pdf/source.ts'
import { verifyRaw } from './verify-raw.ts'

/** What a visible seal shows, in the size it has on the page as displayed. */
export type Draw = (box: {
  readonly width: number
  readonly height: number
  /** The part of PDF/A the document claims: the drawing must keep the claim true. */
  readonly pdfaPart: number | undefined
}) => Promise<DrawnAppearance>

/** A signature with its hole: `digest` goes to the HSM, what comes back goes to `finishSignature`. */
export interface PreparedSignature {
  readonly plan: SignaturePlan
  readonly encoder: CmsEncoder
  readonly originalBytes: number
  /** SHA-256 of the original. */
  readonly originalSha256: Uint8Array
  /** DER of the attributes that are signed. */
  readonly signedAttributes: Uint8Array
  /** Digest of `signedAttributes` by the algorithm's hash: what the HSM signs. */
  readonly digest: Uint8Array
  /** State of SHA-256 after the original, so that the sealed file's costs only the appendix. */
  readonly afterOriginal: Hash
}

/** A signature that is whole and was verified. */
export interface FinishedSignature {
  /** What follows the original octets in the sealed file. */
  readonly appendix: Uint8Array
  /** SHA-256 of the whole sealed file. */
  readonly sha256: Uint8Array
}

/** The HSM gave octets that are no signature of the digest by the certificate's key. */
export class FaultySignature extends Error {
  override readonly name = 'FaultySignature'
}

/**
 * Everything before the HSM for one PAdES B-B signature (ETSI EN 319 142-1 §6.3): read, plan,
 * digest the ByteRange, build the signed attributes, digest them.
 *
 * @throws AppError when the document cannot be signed as asked.
 */
export async function prepareSignature(
  source: PdfSource,
  encoder: CmsEncoder,
  asked: Omit<SignatureRequest, 'contentsBytes'>,
  draw?: Draw,
): Promise<PreparedSignature> {
  const request = { ...asked, contentsBytes: encoder.maxBytes }
  const plan = await readPdf(source, (document) => planDrawn(document, request, draw))
  const { hash } = SIGNATURE_ALGORITHMS[encoder.algorithm]
  const afterOriginal = createHash('sha256')
  const ofRange = hash === 'sha256' ? undefined : createHash(hash)
  await digestSource(source, ofRange === undefined ? [afterOriginal] : [afterOriginal, ofRange])
  const range = ofRange ?? afterOriginal.copy()
  for (const part of signedParts(plan, source.length)) range.update(part)
  const signedAttributes = encoder.signedAttributes(range.digest())
  return {
    plan,
    encoder,
    originalBytes: source.length,
    originalSha256: afterOriginal.copy().digest(),
    signedAttributes,
    digest: createHash(hash).update(signedAttributes).digest(),
    afterOriginal,
  }
}

async function planDrawn(
  document: PdfDocument,
  request: SignatureRequest,
  draw: Draw | undefined,
): Promise<SignaturePlan> {
  const prepared = prepare(document, request)
  const { drawing } = prepared.placement
  if (draw === undefined || drawing === undefined) return planSignature(prepared, request)
  const drawn = await draw({ ...drawing, pdfaPart: claimedPdfaPart(document) })
  return planSignature(prepared, request, drawn)
}

/**
 * Everything after the HSM: verify, wrap in CMS, fill the gap. A signature that does not verify
 * with the certificate's key never gets into a file: an RSA fault could give the key away.
 *
 * @throws FaultySignature.
 */
export function finishSignature(
  { plan, encoder, originalBytes, signedAttributes, afterOriginal }: PreparedSignature,
  signature: Uint8Array,
  publicKey: KeyObject,
): FinishedSignature {
  if (!verifyRaw(encoder.algorithm, publicKey, signedAttributes, signature)) {
    throw new FaultySignature(
      'the signature does not verify with the public key of the certificate',
    )
  }
  const appendix = fillContents(plan, originalBytes, encoder.encode(signedAttributes, signature))
  return { appendix, sha256: afterOriginal.copy().update(appendix).digest() }
}

const CHUNK_BYTES = 1024 * 1024
/** A large file gives way to other requests after this many octets. */
const TURN_BYTES = 16 * CHUNK_BYTES

async function digestSource(source: PdfSource, hashes: readonly Hash[]): Promise<void> {
  for (let start = 0; start < source.length; start += CHUNK_BYTES) {
    if (start > 0 && start % TURN_BYTES === 0) await new Promise(setImmediate)
    const chunk = source.read(start, start + CHUNK_BYTES)
    for (const hash of hashes) hash.update(chunk)
  }
}
