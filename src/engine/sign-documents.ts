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

/**
 * Fill the holes of prepared signatures. What the HSM answers wrongly is reported and asked once
 * more; a second wrong answer means the HSM is not well.
 *
 * @throws AppError `hsm-unavailable`.
 */
export async function signDocuments(
  { signDigests, reportFault }: Signer,
  { kit: { keyId, algorithm }, publicKey }: Pick<SealTools, 'kit' | 'publicKey'>,
  prepared: readonly PreparedSignature[],
): Promise<FinishedSignature[]> {
  const finished: FinishedSignature[] = []
  const faulty: { index: number; document: PreparedSignature; signature: Uint8Array }[] = []
  await attempt(prepared.map((document, index) => ({ document, index })))
  if (faulty.length === 0) return finished
  const again = faulty.splice(0)
  for (const { signature } of again) await reportFault({ keyId, signature })
  await attempt(again)
  const [still] = faulty
  if (still === undefined) return finished
  await reportFault({ keyId, signature: still.signature })
  throw new AppError(
    'hsm-unavailable',
    'The HSM gave a wrong signature twice. Nothing was sealed.',
    { hints: { retryAfterSeconds: 30 } },
  )

  async function attempt(asked: readonly { document: PreparedSignature; index: number }[]) {
    const digests = asked.map(({ document }) => document.digest)
    const signatures = await signDigests({ keyId, algorithm, digests })
    for (const [i, { document, index }] of asked.entries()) {
      const signature = signatures[i]
      if (signature === undefined) throw new RangeError('fewer signatures than digests')
      try {
        finished[index] = finishSignature(document, signature, publicKey)
      } catch (error) {
        if (!(error instanceof FaultySignature)) throw error
        faulty.push({ index, document, signature })
      }
    }
  }
}
