import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { safeName } from '../../archives/safe-name.ts'
import type { BatchApi } from './batch-api.ts'
import { countPdfs, type FoundPdf, findPdfs, type Walk } from './find-pdfs.ts'
import { digestFile, type OutFolder } from './out-folder.ts'
import type { Watcher } from './outcome.ts'
import type { Patiently } from './patience.ts'
import { Portion } from './portion.ts'
import type { Problem } from './refusal.ts'
import type { BatchState } from './state-file.ts'

interface SendDeps {
  readonly api: BatchApi
  readonly patiently: Patiently
  readonly watcher: Watcher
  readonly signal: AbortSignal
  /** What the run waits for, for people. */
  readonly trouble: () => string | undefined
}

interface Job {
  readonly state: BatchState
  readonly out: OutFolder
  readonly walk: Walk
  /** Whether files in the out folder that hold something else are replaced. */
  readonly isForced: boolean
}

/** SHA-256 of every document the batch has already, by name. */
type Known = ReadonlyMap<string, string>

/**
 * Send every PDF of the source folder that has no sealed file yet. The batch is opened with the
 * first of them.
 *
 * @param open - Opens the batch, once. @returns Its id.
 * @param known - What an earlier run has sent.
 * @returns The state with what was skipped and rejected.
 */
export async function sendDocuments(
  deps: SendDeps,
  job: Job,
  { open, known }: { open: () => Promise<string>; known: Known },
): Promise<BatchState> {
  const { api, patiently, watcher, signal } = deps
  const { state, out, walk } = job
  const total = await countPdfs(state.source, walk)
  let skipped = 0
  let rejected = 0
  let done = 0

  const tell = (sent: number) => {
    const waiting = deps.trouble()
    watcher.onProgress({
      phase: 'sending',
      done: sent,
      total,
      sealed: 0,
      failed: rejected,
      waiting,
    })
  }
  const reject = async (name: string, problem: Problem) => {
    rejected += 1
    await out.putProblem(name, problem)
    watcher.onOutcome({ name, state: 'failed', problem })
  }
  const send = async (portion: Portion) => {
    if (portion.length === 0) return
    const id = await open()
    const report = await patiently(() =>
      api.upload(id, Readable.from(portion.tar((index) => tell(done + index)))),
    )
    for (const [name, reason] of portion.unreadable) await reject(name, unreadable(reason))
    for (const { name, problem } of report.rejected) await reject(name, problem)
    done += portion.length
    tell(done)
  }

  let portion = new Portion()
  for await (const found of findPdfs(state.source, walk)) {
    signal.throwIfAborted()
    const verdict = await judge(found, job, known)
    if (verdict.kind === 'send') {
      portion.add({ ...found, name: verdict.name }, verdict.bytes)
    } else {
      done += 1
      if (verdict.kind === 'reject') await reject(found.name, verdict.problem)
      if (verdict.kind === 'skip') {
        skipped += 1
        const { name } = verdict
        watcher.onOutcome({ name, state: 'skipped', out: out.pathOf(name) })
      }
      tell(done)
    }
    if (!portion.isFull) continue
    await send(portion)
    portion = new Portion()
  }
  await send(portion)
  return { ...state, skipped, rejected }
}

type Verdict =
  | { readonly kind: 'send'; readonly name: string; readonly bytes: number }
  /** It is in the batch already. */
  | { readonly kind: 'known' }
  | { readonly kind: 'skip'; readonly name: string }
  | { readonly kind: 'reject'; readonly problem: Problem }

async function judge(found: FoundPdf, job: Job, known: Known): Promise<Verdict> {
  const checked = safeName(found.name)
  if ('reason' in checked) return { kind: 'reject', problem: unsafe(checked.reason) }
  const { name } = checked
  try {
    const sha256 = known.get(name)
    if (sha256 !== undefined) {
      const isSame = (await digestFile(found.path)) === sha256
      return isSame ? { kind: 'known' } : { kind: 'reject', problem: CHANGED }
    }
    if (job.state.mayHoldSealed && (await job.out.holdsSealed(name, found.path))) {
      return { kind: 'skip', name }
    }
    if (!job.isForced && (await job.out.find(name)) !== 'nothing') {
      return { kind: 'reject', problem: inTheWay(job.out.pathOf(name)) }
    }
    return { kind: 'send', name, bytes: (await stat(found.path)).size }
  } catch (error) {
    return { kind: 'reject', problem: unreadable(String(error)) }
  }
}

/** Problems of this side: none of the server's types. */
function local(title: string, detail: string): Problem {
  return { type: 'about:blank', title, detail }
}

const CHANGED = local(
  'Document has changed',
  'It was sent before it changed. Run the command again once this batch is done.',
)

function unreadable(reason: string): Problem {
  return local('Document cannot be read', `It cannot be read: ${reason}`)
}

function unsafe(reason: string): Problem {
  return local('Name is refused', `The name is refused because ${reason}. Rename the file.`)
}

/** Why a sealed file is not put where it belongs. */
export function inTheWay(path: string): Problem {
  return local('Another file is in the way', `${path} is another file. --force replaces it.`)
}

export function cannotWrite(reason: string): Problem {
  return local('Sealed file cannot be written', `It cannot be written: ${reason}`)
}
