import { type Draw, finishSignature, prepareSignature } from '../../src/ades/pades.ts'
import type { SignatureRequest } from '../../src/pdf/request.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import type { SoftwareSigner } from './software-signer.ts'

/** 2026-11-24T09:42:00Z. */
export const SIGNED_AT = Date.UTC(2026, 10, 24, 9, 42)

/** A whole sealed file. @throws AppError as `prepareSignature`. */
export async function sealed(
  pdf: Uint8Array,
  signer: SoftwareSigner,
  request: Partial<SignatureRequest> = {},
  draw?: Draw,
): Promise<Buffer> {
  const asked = { signedAt: SIGNED_AT, ...request }
  const prepared = await prepareSignature(bytesSource(pdf), signer.encoder, asked, draw)
  const signature = await signer.signDigest(prepared.digest)
  const { appendix } = finishSignature(prepared, signature, signer.publicKey)
  return Buffer.concat([pdf, appendix])
}
