import { EXIT, ExitError } from '../exit.ts'
import type { ServerClient } from '../server-client.ts'
import { type BatchApi, type BatchView, everyDocument, makeBatchApi } from './batch-api.ts'
import { type BatchJob, beginRun, openFolders } from './begin-run.ts'
import { claimFolder } from './claim-folder.ts'
import { collectResults } from './collect.ts'
import { makeOutFolder, type OutFolder } from './out-folder.ts'
import type { Progress, Watcher } from './outcome.ts'
import { makePatience, type Patiently } from './patience.ts'
import { Refusal } from './refusal.ts'
import { sendDocuments } from './send.ts'
import { type BatchState, STATE_NAME, writeState } from './state-file.ts'

interface RunDeps {
  readonly client: ServerClient
  readonly watcher: Watcher
  /** Its reason is thrown: the run can be gone on with later. */
  readonly signal: AbortSignal
}

/** How a run has ended. */
export interface Summary {
  /** Null when there was nothing to seal. */
  readonly batch: string | null
  readonly sealed: number
  readonly failed: number
  /** Their sealed files were there before. */
  readonly skipped: number
  /** Somebody cancelled the batch before these were sealed. */
  readonly cancelled: number
}

/**
 * Seal the PDFs of a folder into another, as one batch. A run that was broken off goes on where it
 * stopped; one that follows a finished one seals what has no sealed file yet.
 *
 * @throws ExitError 2 when folders or request do not fit, 3 when the server cannot be reached, 1 when
 *   it refuses the batch as a whole for now.
 */
export async function runBatch(deps: RunDeps, job: BatchJob): Promise<Summary> {
  const folders = await openFolders(job)
  const release = await claimFolder(folders.out)
  const out = makeOutFolder(folders.out)
  try {
    const begun = await beginRun({ ...job, ...folders })
    return await new Run(deps, { job, out }, begun).toItsEnd()
  } catch (error) {
    throw error instanceof Refusal ? refused(error) : error
  } finally {
    await out.tidy()
    await release()
  }
}

class Run {
  readonly #api: BatchApi
  readonly #patiently: Patiently
  readonly #deps: RunDeps
  readonly #out: OutFolder
  readonly #job: BatchJob
  #state: BatchState
  readonly #watcher: Watcher

  constructor(deps: RunDeps, { job, out }: { job: BatchJob; out: OutFolder }, begun: BatchState) {
    this.#api = makeBatchApi(deps.client, deps.signal)
    const { tellTrouble, watcher } = withTrouble(deps.watcher)
    this.#watcher = watcher
    this.#patiently = makePatience(deps.signal, tellTrouble)
    this.#deps = deps
    this.#out = out
    this.#job = job
    this.#state = begun
  }

  async toItsEnd(): Promise<Summary> {
    await this.#out.tidy()
    const known = await this.#resume()
    if (this.#state.phase === 'sending') await this.#send(known)
    const { batch } = this.#state
    if (batch === null) return summaryOf(this.#state, undefined)
    const started = await this.#start(batch)
    if (started === undefined) return this.#nothingAccepted(batch)
    const { state, batch: ended } = await collectResults(
      { ...this.#common(), save: (now) => this.#save(now) },
      { ...this.#state, batch },
      started,
    )
    await this.#save({ ...state, phase: 'done' })
    return summaryOf(state, ended)
  }

  /** The batch may be further than the state says. @returns What an earlier run has sent. */
  async #resume(): Promise<ReadonlyMap<string, string>> {
    const known = new Map<string, string>()
    const { batch: id } = this.#state
    if (id === null) return known
    const batch = await this.#patiently(() => this.#api.get(id)).catch(gone(this.#out.path))
    if (batch.state !== 'open') this.#state = { ...this.#state, phase: 'sealing' }
    if (batch.state !== 'open' || batch.counts.total === 0) return known
    const documents = everyDocument({ api: this.#api, patiently: this.#patiently }, id)
    for await (const { name, sha256 } of documents) known.set(name, sha256)
    return known
  }

  async #send(known: ReadonlyMap<string, string>): Promise<void> {
    const state = await sendDocuments(this.#common(), {
      state: this.#state,
      walk: { isRecursive: this.#job.isRecursive, except: this.#out.path },
      open: () => this.#open(),
      known,
    })
    const { skipped, rejected } = state
    this.#state = { ...this.#state, skipped, rejected }
    if (this.#state.batch !== null) await this.#save({ ...this.#state, phase: 'sealing' })
  }

  #common() {
    const { signal } = this.#deps
    return {
      ...{ api: this.#api, patiently: this.#patiently, signal, watcher: this.#watcher },
      ...{ out: this.#out, isForced: this.#job.isForced },
    }
  }

  /** The key is on the disk before it is used: whatever breaks, there is one batch. */
  async #open(): Promise<string> {
    if (this.#state.batch !== null) return this.#state.batch
    await this.#save(this.#state)
    const { request, key } = this.#state
    const { id } = await this.#patiently(() => this.#api.open(request, key))
    await this.#save({ ...this.#state, batch: id })
    return id
  }

  /** @returns undefined when the batch holds nothing. */
  async #start(id: string): Promise<BatchView | undefined> {
    const batch = await this.#patiently(() => this.#api.get(id))
    if (batch.state !== 'open') return batch
    if (batch.counts.total === 0) return undefined
    return this.#patiently(() => this.#api.start(id))
  }

  async #nothingAccepted(id: string): Promise<Summary> {
    await this.#patiently(() => this.#api.remove(id))
    await this.#save({ ...this.#state, batch: null, phase: 'done' })
    return summaryOf(this.#state, undefined)
  }

  async #save(state: BatchState): Promise<void> {
    this.#state = state
    await writeState(this.#out.path, state)
  }
}

/** What keeps the run waiting is told at once, with the progress as it last was. */
function withTrouble(watcher: Watcher) {
  let trouble: string | undefined
  let last: Progress | undefined
  const tell = () => {
    if (last !== undefined) watcher.onProgress({ ...last, waiting: trouble ?? last.waiting })
  }
  return {
    watcher: {
      onOutcome: watcher.onOutcome,
      onProgress(progress: Progress) {
        last = progress
        tell()
      },
    },
    tellTrouble(words: string | undefined) {
      trouble = words
      tell()
    },
  }
}

function summaryOf(state: BatchState, ended: BatchView | undefined): Summary {
  const { batch, skipped, rejected, unwritten } = state
  const { sealed = 0, failed = 0, pending = 0 } = ended?.counts ?? {}
  return {
    batch: ended === undefined ? null : batch,
    sealed: sealed - unwritten,
    failed: failed + rejected + unwritten,
    skipped,
    cancelled: pending,
  }
}

function gone(out: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal) || error.status !== 404) throw error
    throw new ExitError(
      EXIT.usage,
      `The server has no such batch for this API key, or no more: ${error.message} To seal what is missing with a new one, remove ${out}/${STATE_NAME}.`,
    )
  }
}

/** What is wrong with the command itself, and what only with this moment. */
function refused(error: Refusal): ExitError {
  const isUsage = [400, 401, 403, 404].includes(error.status)
  const exitCode = isUsage ? EXIT.usage : EXIT.documentFailed
  return new ExitError(exitCode, `The server refuses: ${error.message}`)
}
