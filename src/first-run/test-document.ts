import { hash } from 'node:crypto'
import type { SignDigest } from '../../hsm/algorithms.ts'
import { finishSignature, prepareAtOnce } from '../ades/pades.ts'
import type { Authority } from '../authority/service.ts'
import { AppError } from '../errors.ts'
import { bytesSource, type PdfSource } from '../pdf/source.ts'
import { findFirstOrganisation } from '../people/store.ts'
import { createSeal } from '../sealing/administration.ts'
import type { Seal } from '../sealing/model.ts'
import { findSeal } from '../sealing/store.ts'
import type { VerificationReport } from '../verify/report.ts'
import type { GuardSlot } from './guard-slot.ts'
import { requireReached } from './model.ts'
import { findFirstRun } from './store.ts'
import { over, type StepDeps, takeStep } from './take-step.ts'
import { makeTestPage } from './test-page.ts'

export interface TestDocumentDeps extends StepDeps {
  readonly authority: Authority
  readonly guard: GuardSlot
  readonly verify: (source: PdfSource) => Promise<VerificationReport>
}

interface Wanted {
  /** Id of the seal in addresses. */
  readonly sealId: string
  readonly sealName: string
  /** What the test page says. */
  readonly lines: readonly string[]
}

const SEAL_KEY = 'rsa-3072'

/**
 * Make the organisation's first seal, seal a page with it and verify the result as anybody would.
 * A seal that an interrupted attempt has made is used again.
 *
 * @throws AppError `hsm-unavailable`; `invalid-request` out of order or for a malformed id.
 */
export async function takeTestDocument(deps: TestDocumentDeps, wanted: Wanted): Promise<void> {
  const { db, now, guard, verify } = deps
  const run = await findFirstRun(db)
  if (run === undefined || run.finishedAt !== null) throw over()
  requireReached(run, 'document')
  const seal = await getSeal(deps, wanted)
  const { signDigest } = await guard.get()
  const original = makeTestPage(wanted.lines)
  const sealed = await sealWith(seal, original, { signDigest, at: now() })
  const [signature] = (await verify(bytesSource(sealed))).signatures
  if (signature === undefined) throw new RangeError('a sealed document has no signature')
  const sha256 = hash('sha256', sealed, 'hex')
  const { indication, subIndication, reasons, level } = signature
  const verdict = { indication, subIndication, reasons, level }
  if (indication !== 'TOTAL_PASSED') {
    throw new AppError('internal', `The sealed page did not verify: ${reasons.join(' ')}`)
  }
  await takeStep(deps, 'document', async () => ({
    detail: { seal: seal.id, name: seal.name, sha256, bytes: sealed.length, verdict },
    document: sealed,
    entries: [
      {
        action: 'document.sealed',
        subject: seal.id,
        detail: {
          original: hash('sha256', original, 'hex'),
          sealed: sha256,
          key: seal.keyId,
          certificate: seal.certificate.serial,
        },
      },
    ],
  }))
}

async function getSeal(deps: TestDocumentDeps, wanted: Wanted): Promise<Seal> {
  const { db, authority, guard, now } = deps
  const { sealId: id, sealName: name } = wanted
  const made = await findSeal(db, id)
  if (made !== undefined) return made
  const organisation = await findFirstOrganisation(db)
  if (organisation === undefined) throw new RangeError('a step after the first has no founder')
  const keys = await guard.get()
  const sealWanted = { id, name, organisation, keyAlgorithm: SEAL_KEY } as const
  await createSeal({ db, keys, authority, now }, sealWanted)
  const seal = await findSeal(db, id)
  if (seal === undefined) throw new RangeError(`the seal ${id} is not there`)
  return seal
}

/** The page with its signature (PAdES B-B). */
async function sealWith(
  { keyId, algorithm, tools }: Seal,
  original: Uint8Array,
  { signDigest, at }: { signDigest: SignDigest; at: number },
): Promise<Uint8Array> {
  const request = { signedAt: at, signerName: tools.kit.organisation }
  const prepared = prepareAtOnce(bytesSource(original), tools.encoder, request)
  const { digest } = prepared
  const signature = await signDigest({ keyId, algorithm, digest })
  const { appendix } = finishSignature(prepared, signature, tools.publicKey)
  return Buffer.concat([original, appendix])
}
