import { mkdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { EXIT, ExitError } from '../exit.ts'
import type { ServerClient } from '../server-client.ts'
import { type BatchApi, type BatchView, makeBatchApi } from './batch-api.ts'
import { collectResults } from './collect.ts'
import { makeOutFolder, type OutFolder } from './out-folder.ts'
import type { Watcher } from './outcome.ts'
import { makePatience, type Patiently } from './patience.ts'
import { Refusal } from './refusal.ts'
import { sendDocuments } from './send.ts'
import {
  type BatchRequest,
  type BatchState,
  beginState,
  readState,
  STATE_NAME,
  writeState,
} from './state-file.ts'

export interface BatchJob {
  readonly source: string
  readonly out: string
  readonly request: BatchRequest
  readonly isRecursive: boolean
  /** Replace files in the out folder that are something else. */
  readonly isForced: boolean
}

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
  const { source, out } = await openFolders(job)
  const earlier = await readState(out.path)
  const begun = beginOrResume(earlier, { ...job, source, out: out.path })
  const run = new Run(deps, { job, out }, begun)
  try {
    return await run.toItsEnd()
  } catch (error) {
    throw error instanceof Refusal ? refused(error) : error
  } finally {
    await out.tidy()
  }
}

class Run {
  readonly #api: BatchApi
  readonly #patiently: Patiently
  readonly #deps: RunDeps
  readonly #out: OutFolder
  readonly #job: BatchJob
  #state: BatchState
  #trouble: string | undefined

  constructor(deps: RunDeps, { job, out }: { job: BatchJob; out: OutFolder }, begun: BatchState) {
    this.#api = makeBatchApi(deps.client, deps.signal)
    this.#patiently = makePatience(deps.signal, (words) => {
      this.#trouble = words
    })
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
    const open = await this.#start(batch)
    if (open === undefined) return this.#nothingAccepted(batch)
    const common = { ...this.#deps, api: this.#api, patiently: this.#patiently }
    const { state, batch: ended } = await collectResults(
      { ...common, trouble: () => this.#trouble, save: (now) => this.#save(now) },
      { out: this.#out, isForced: this.#job.isForced },
      { ...this.#state, batch },
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
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const from = cursor
      const page = await this.#patiently(() => this.#api.documents(id, from))
      for (const { name, sha256 } of page.documents) known.set(name, sha256)
      cursor = page.nextCursor
    }
    return known
  }

  async #send(known: ReadonlyMap<string, string>): Promise<void> {
    const { watcher, signal } = this.#deps
    const { isForced, isRecursive } = this.#job
    const state = await sendDocuments(
      {
        ...{ api: this.#api, patiently: this.#patiently, watcher, signal },
        trouble: () => this.#trouble,
      },
      {
        ...{ state: this.#state, out: this.#out, isForced },
        walk: { isRecursive, except: this.#out.path },
      },
      { open: () => this.#open(), known },
    )
    const { skipped, rejected } = state
    this.#state = { ...this.#state, skipped, rejected }
    if (this.#state.batch !== null) await this.#save({ ...this.#state, phase: 'sealing' })
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

async function openFolders(job: BatchJob): Promise<{ source: string; out: OutFolder }> {
  const source = await realpath(job.source).catch(() => undefined)
  if (source === undefined || !(await stat(source)).isDirectory()) {
    throw new ExitError(EXIT.usage, `${job.source} is no folder.`)
  }
  await mkdir(job.out, { recursive: true }).catch((error: Error) => {
    throw new ExitError(EXIT.usage, `${job.out} cannot be made: ${error.message}`)
  })
  const out = await realpath(job.out)
  const below = relative(out, source)
  // A sealed file must never come where an original lies.
  if (below === '' || !(below.startsWith('..') || isAbsolute(below))) {
    throw new ExitError(EXIT.usage, `--out ${job.out} holds ${job.source}: choose another folder.`)
  }
  return { source, out: makeOutFolder(resolve(out)) }
}

/** @throws ExitError 2 when the out folder is that of something else. */
function beginOrResume(
  earlier: BatchState | undefined,
  { source, out, request, isForced }: BatchJob,
): BatchState {
  if (earlier === undefined) return beginState({ source, request, mayHoldSealed: false })
  const isSame = isSameSeal(earlier.request, request)
  if (earlier.phase === 'done') {
    if (isSame || isForced) return beginState({ source, request, mayHoldSealed: isSame })
    throw new ExitError(
      EXIT.usage,
      `${out} holds files sealed with ${describe(earlier.request)}. Choose another --out, or replace them with --force.`,
    )
  }
  if (isSame && earlier.source === source) return earlier
  throw new ExitError(
    EXIT.usage,
    `${out} has a batch of ${earlier.source} with ${describe(earlier.request)} that is not finished. ` +
      `Finish it with the same arguments, choose another --out, or remove ${STATE_NAME} there.`,
  )
}

function isSameSeal(one: BatchRequest, other: BatchRequest): boolean {
  return one.seal === other.seal && isDeepStrictEqual(one.options, other.options)
}

function describe({ seal, options }: BatchRequest): string {
  const shown = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  return [`--seal=${seal}`, ...shown].join(' ')
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
