import { createHash, type Hash, hash, type KeyObject } from 'node:crypto'
import { SIGNATURE_ALGORITHMS } from '../../hsm/algorithms.ts'
import type { CmsEncoder } from '../cms/encoder.ts'
import { fillContents, type SignaturePlan, signedParts } from '../pdf/byte-range.ts'
import { type PdfDocument, readPdf, readPdfSlowly } from '../pdf/document.ts'
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
  /** State of SHA-256 after the original, for whoever has another appendix to it. */
  readonly afterOriginal: Hash
  /** State of SHA-256 before the gap, so that the sealed file's costs only the rest. */
  readonly beforeGap: Hash
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

/** A large file gives way to other requests after this many octets. */
const TURN_BYTES = 16 * 1024 * 1024

/**
 * Everything before the HSM for one PAdES B-B signature (ETSI EN 319 142-1 §6.3): read, plan,
 * digest the ByteRange, build the signed attributes, digest them. A large document gives way to
 * others in between.
 *
 * @throws AppError when the document cannot be signed as asked.
 */
export async function prepareSignature(
  source: PdfSource,
  encoder: CmsEncoder,
  request: SignatureRequest,
  draw?: Draw,
): Promise<PreparedSignature> {
  const plan =
    draw === undefined
      ? planUndrawn(source, encoder, request)
      : await readPdfSlowly(source, (document) => planDrawn(document, encoder, request, draw))
  const digests = makeDigests(encoder)
  let sinceTurn = 0
  for (const piece of source.pieces()) {
    if (sinceTurn >= TURN_BYTES) {
      await new Promise(setImmediate)
      sinceTurn = 0
    }
    updateDigests(digests, piece)
    sinceTurn += piece.length
  }
  return withDigests({ source, encoder, plan }, digests)
}

/**
 * `prepareSignature` in one go, for a document of at most 16 MiB and a seal that shows nothing: its
 * appearance, if it has one, stays empty.
 *
 * @throws AppError when the document cannot be signed as asked.
 */
export function prepareAtOnce(
  source: PdfSource,
  encoder: CmsEncoder,
  request: SignatureRequest,
): PreparedSignature {
  const plan = planUndrawn(source, encoder, request)
  const digests = makeDigests(encoder)
  for (const piece of source.pieces()) updateDigests(digests, piece)
  return withDigests({ source, encoder, plan }, digests)
}

function planUndrawn(
  source: PdfSource,
  { maxBytes }: CmsEncoder,
  request: SignatureRequest,
): SignaturePlan {
  return readPdf(source, (document) => planSignature(prepare(document, request), maxBytes))
}

async function planDrawn(
  document: PdfDocument,
  { maxBytes }: CmsEncoder,
  request: SignatureRequest,
  draw: Draw,
): Promise<SignaturePlan> {
  const prepared = prepare(document, request)
  const { drawing } = prepared.placement
  if (drawing === undefined) return planSignature(prepared, maxBytes)
  const drawn = await draw({ ...drawing, pdfaPart: claimedPdfaPart(document) })
  return planSignature(prepared, maxBytes, drawn)
}

/** The digests that run over the original. */
interface Digests {
  /** SHA-256: of the original, of the ByteRange and of the sealed file as far as they agree. */
  readonly common: Hash
  /** Of the ByteRange, where the algorithm's hash is another one. */
  readonly range: Hash | undefined
}

function makeDigests({ algorithm }: CmsEncoder): Digests {
  const { hash: ofRange } = SIGNATURE_ALGORITHMS[algorithm]
  return {
    common: createHash('sha256'),
    range: ofRange === 'sha256' ? undefined : createHash(ofRange),
  }
}

function updateDigests({ common, range }: Digests, piece: Uint8Array): void {
  common.update(piece)
  range?.update(piece)
}

function withDigests(
  planned: { source: PdfSource; encoder: CmsEncoder; plan: SignaturePlan },
  { common: afterOriginal, range }: Digests,
): PreparedSignature {
  const { source, encoder, plan } = planned
  const [before, after] = signedParts(plan, source.length)
  const beforeGap = afterOriginal.copy().update(before)
  const ofRange = (range?.update(before) ?? beforeGap.copy()).update(after).digest()
  const signedAttributes = encoder.signedAttributes(ofRange)
  const { hash: ofAttributes } = SIGNATURE_ALGORITHMS[encoder.algorithm]
  return {
    plan,
    encoder,
    originalBytes: source.length,
    originalSha256: afterOriginal.copy().digest(),
    signedAttributes,
    digest: hash(ofAttributes, signedAttributes, 'buffer'),
    afterOriginal,
    beforeGap,
  }
}

/**
 * Everything after the HSM: verify, wrap in CMS, fill the gap. A signature that does not verify
 * with the certificate's key never gets into a file: an RSA fault could give the key away.
 *
 * @throws FaultySignature.
 */
export function finishSignature(
  { plan, encoder, originalBytes, signedAttributes, beforeGap }: PreparedSignature,
  signature: Uint8Array,
  publicKey: KeyObject,
): FinishedSignature {
  if (!verifyRaw(encoder.algorithm, publicKey, signedAttributes, signature)) {
    throw new FaultySignature(
      'the signature does not verify with the public key of the certificate',
    )
  }
  const appendix = fillContents(plan, originalBytes, encoder.encode(signedAttributes, signature))
  const fromGap = appendix.subarray(plan.byteRange[1] - originalBytes)
  return { appendix, sha256: beforeGap.copy().update(fromGap).digest() }
}
