import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { safeName } from '../../archives/safe-name.ts'
import type { BatchApi } from './batch-api.ts'
import { countPdfs, type FoundPdf, findPdfs, type Walk } from './find-pdfs.ts'
import { CHANGED, inTheWay, unreadable, unsafeName } from './local-problems.ts'
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
  readonly out: OutFolder
  /** Whether files in the way are replaced. */
  readonly isForced: boolean
}

interface Sending {
  readonly state: BatchState
  readonly walk: Walk
  /** Opens the batch, once. @returns Its id. */
  readonly open: () => Promise<string>
  /** SHA-256 of every document that the batch has already, by name. */
  readonly known: ReadonlyMap<string, string>
}

/**
 * Send every PDF of the source folder that has no sealed file yet. The batch is opened with the
 * first of them.
 *
 * @returns The state with what was skipped and rejected.
 */
export async function sendDocuments(deps: SendDeps, sending: Sending): Promise<BatchState> {
  const { api, out, patiently, signal, watcher } = deps
  const { open, state, walk } = sending
  const total = await countPdfs(state.source, walk)
  let skipped = 0
  let rejected = 0
  let done = 0

  const tell = (sent: number) => {
    const counts = { done: sent, total, sealed: 0, failed: rejected }
    watcher.onProgress({ phase: 'sending', ...counts, waiting: undefined })
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
    const verdict = await judge(found, deps, sending)
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

async function judge(
  found: FoundPdf,
  { isForced, out }: SendDeps,
  { known, state }: Sending,
): Promise<Verdict> {
  const checked = safeName(found.name)
  if ('reason' in checked) return { kind: 'reject', problem: unsafeName(checked.reason) }
  const { name } = checked
  try {
    const sha256 = known.get(name)
    if (sha256 !== undefined) {
      const isSame = (await digestFile(found.path)) === sha256
      return isSame ? { kind: 'known' } : { kind: 'reject', problem: CHANGED }
    }
    if (state.mayHoldSealed && (await out.holdsSealed(name, found.path))) {
      return { kind: 'skip', name }
    }
    if (!isForced && (await out.find(name)) !== 'nothing') {
      return { kind: 'reject', problem: inTheWay(out.pathOf(name)) }
    }
    return { kind: 'send', name, bytes: (await stat(found.path)).size }
  } catch (error) {
    return { kind: 'reject', problem: unreadable(String(error)) }
  }
}
