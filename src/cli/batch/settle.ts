import { type BatchApi, type DocumentView, octetsOf } from './batch-api.ts'
import { cannotWrite, inTheWay } from './local-problems.ts'
import type { Expected, OutFolder } from './out-folder.ts'
import type { Outcome } from './outcome.ts'
import type { Patiently } from './patience.ts'
import type { Problem } from './refusal.ts'

interface SettleDeps {
  readonly api: BatchApi
  readonly patiently: Patiently
  readonly out: OutFolder
  /** Whether a file in the way is replaced. */
  readonly isForced: boolean
}

export interface Settled {
  readonly outcome: Outcome
  /** It was sealed, and could not be put where it belongs. */
  readonly isUnwritten: boolean
}

const UNKNOWN: Problem = {
  type: 'about:blank',
  title: 'It failed, and the server does not say why',
}

/** Put the end of a document into the out folder: the sealed file, or what kept it from being made. */
export async function settle(
  deps: SettleDeps,
  batchId: string,
  document: DocumentView,
): Promise<Settled> {
  const { out } = deps
  const { name, operation, problem, sealedBytes, sealedSha256, sha256 } = document
  if (operation === null || sealedBytes === null || sealedSha256 === null) {
    return { outcome: await fail(out, name, problem ?? UNKNOWN), isUnwritten: false }
  }
  const expected = { bytes: sealedBytes, sha256: sealedSha256 }
  const obstacle = await fetchSealed(deps, batchId, { name, expected })
  if (obstacle !== undefined) {
    return { outcome: await fail(out, name, obstacle), isUnwritten: true }
  }
  const sealed = { name, state: 'sealed', operation, sha256, sealedSha256 } as const
  return { outcome: { ...sealed, out: out.pathOf(name) }, isUnwritten: false }
}

async function fail(out: OutFolder, name: string, problem: Problem): Promise<Outcome> {
  await out.putProblem(name, problem)
  return { name, state: 'failed', problem }
}

/** @returns What keeps the sealed file from being where it belongs, if something does. */
async function fetchSealed(
  { api, isForced, out, patiently }: SettleDeps,
  batchId: string,
  { name, expected }: { name: string; expected: Expected },
): Promise<Problem | undefined> {
  const there = await out.find(name, expected)
  if (there === 'the same') return undefined
  if (there === 'another' && !isForced) return inTheWay(out.pathOf(name))
  const obstacle = await patiently(async () => {
    const answer = await api.sealed(batchId, name)
    return out.put(name, expected, octetsOf(answer))
  })
  return obstacle === undefined ? undefined : cannotWrite(obstacle)
}
