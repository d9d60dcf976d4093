import type { SignatureAlgorithm } from '../../hsm/algorithms.ts'
import {
  FaultySignature,
  type FinishedSignature,
  finishSignature,
  type PreparedSignature,
} from '../ades/pades.ts'
import { AppError } from '../errors.ts'
import type { SealTools } from './seal-kit.ts'

/** Digests for one key, many at once. @returns The signatures in their order. */
export type SignDigests = (request: {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  readonly digests: readonly Uint8Array[]
}) => Promise<readonly Uint8Array[]>

/** Tells the guard of octets that are no signature of this digest by this key. */
export type ReportFault = (fault: {
  readonly keyId: string
  readonly signature: Uint8Array
}) => Promise<void>

export interface Signer {
  readonly signDigests: SignDigests
  readonly reportFault: ReportFault
}

/** Something that lacks only the signature of its digest. */
interface Hole {
  readonly digest: Uint8Array
}

/** Fill the holes of prepared signatures. @throws AppError as `fillHoles`. */
export function signDocuments(
  signer: Signer,
  tools: Pick<SealTools, 'kit' | 'publicKey'>,
  prepared: readonly PreparedSignature[],
): Promise<FinishedSignature[]> {
  return fillHoles(signer, tools.kit, prepared, (document, signature) =>
    finishSignature(document, signature, tools.publicKey),
  )
}

/**
 * Have digests signed and do something with each signature. What the HSM answers wrongly is reported
 * and asked once more; a second wrong answer means the HSM is not well.
 *
 * @param fill - Throws FaultySignature for octets that are no signature.
 * @returns What `fill` made, in the order of the holes.
 * @throws AppError `hsm-unavailable`.
 */
export async function fillHoles<H extends Hole, Filled>(
  { signDigests, reportFault }: Signer,
  { keyId, algorithm }: Pick<SealTools['kit'], 'keyId' | 'algorithm'>,
  holes: readonly H[],
  fill: (hole: H, signature: Uint8Array) => Filled,
): Promise<Filled[]> {
  const filled: Filled[] = []
  const faulty: { index: number; hole: H; signature: Uint8Array }[] = []
  await attempt(holes.map((hole, index) => ({ hole, index })))
  if (faulty.length === 0) return filled
  const again = faulty.splice(0)
  for (const { signature } of again) await reportFault({ keyId, signature })
  await attempt(again)
  const [still] = faulty
  if (still === undefined) return filled
  await reportFault({ keyId, signature: still.signature })
  throw new AppError(
    'hsm-unavailable',
    'The HSM gave a wrong signature twice. Nothing was sealed.',
    { hints: { retryAfterSeconds: 30 } },
  )

  async function attempt(asked: readonly { hole: H; index: number }[]) {
    const digests = asked.map(({ hole }) => hole.digest)
    const signatures = await signDigests({ keyId, algorithm, digests })
    for (const [i, { hole, index }] of asked.entries()) {
      const signature = signatures[i]
      if (signature === undefined) throw new RangeError('fewer signatures than digests')
      try {
        filled[index] = fill(hole, signature)
      } catch (error) {
        if (!(error instanceof FaultySignature)) throw error
        faulty.push({ index, hole, signature })
      }
    }
  }
}
