import { type BatchApi, BatchView, DocumentView, everyDocument } from './batch-api.ts'
import type { OutFolder } from './out-folder.ts'
import type { Watcher } from './outcome.ts'
import { type Patiently, pause } from './patience.ts'
import { readEvents } from './read-events.ts'
import { describeProblem, Refusal } from './refusal.ts'
import { type Settled, settle } from './settle.ts'
import type { BatchState } from './state-file.ts'

interface CollectDeps {
  readonly api: BatchApi
  readonly patiently: Patiently
  readonly watcher: Watcher
  readonly signal: AbortSignal
  readonly out: OutFolder
  /** Whether files in the way are replaced. */
  readonly isForced: boolean
  /** Keeps how far it is. */
  readonly save: (state: BatchState) => Promise<void>
}

type Begun = BatchState & { readonly batch: string }

/** Results that are fetched at once. */
const FETCHES = 6
const SAVE_MS = 1_000
const RECONNECT_MS = 1_000
const POLL_MS = 2_000
/** Streams that tell nothing before the command asks instead: something between holds them back. */
const SILENT_STREAMS_MAX = 3

/**
 * Put every result of a started batch into the out folder, as the batch goes on, to its end.
 *
 * @param begun - With the event up to which an earlier run has come.
 * @param started - The batch as it stands.
 */
export async function collectResults(
  deps: CollectDeps,
  begun: Begun,
  started: BatchView,
): Promise<{ state: BatchState; batch: BatchView }> {
  const collector = new Collector(deps, begun, started)
  try {
    const batch = (await collector.follow()) ?? (await collector.poll())
    // Without events, or when somebody had what failed tried again, the list has what is left.
    if (collector.state.settled !== batch.counts.sealed + batch.counts.failed) {
      await collector.settleListed()
    }
    return { state: collector.state, batch }
  } catch (error) {
    await deps.save(collector.state)
    throw error
  }
}

class Collector {
  readonly #deps: CollectDeps
  readonly #id: string
  #state: BatchState
  #savedAt = 0
  #batch: BatchView
  /** The last event that was read; those up to the one of the state are settled. */
  #read: number
  /** What is being settled, in the order of the events. */
  readonly #window: { readonly event: number; readonly settling: Promise<Settled> }[] = []
  /** Names of documents whose end this run has told. */
  readonly #told = new Set<string>()

  constructor(deps: CollectDeps, begun: Begun, started: BatchView) {
    this.#deps = deps
    this.#id = begun.batch
    this.#state = begun
    this.#read = begun.lastEvent
    this.#batch = started
    this.#tell(started)
  }

  get state(): BatchState {
    return this.#state
  }

  /** @returns The batch at its end, or undefined when its events do not come through. */
  async follow(): Promise<BatchView | undefined> {
    const { api, patiently, signal } = this.#deps
    for (let silent = 0; silent < SILENT_STREAMS_MAX; silent += 1) {
      const answer = await patiently(() => api.events(this.#id, this.#read)).catch(noStream)
      if (answer === undefined) return undefined
      for await (const { event, id, data } of readEvents(answer)) {
        silent = -1
        if (event === 'document') {
          await this.#take(Number.parseInt(id, 10), DocumentView.parse(JSON.parse(data)))
          continue
        }
        this.#tell(BatchView.parse(JSON.parse(data)))
        if (event !== 'done') continue
        await this.#settleAll()
        return this.#batch
      }
      await pause(RECONNECT_MS, signal)
    }
    return undefined
  }

  async poll(): Promise<BatchView> {
    const { api, patiently, signal } = this.#deps
    for (;;) {
      const batch = await patiently(() => api.get(this.#id))
      this.#tell(batch)
      if (!['queued', 'running'].includes(batch.state)) return batch
      await pause(POLL_MS, signal)
    }
  }

  /** Go through every document of the batch; what is there already is not fetched again. */
  async settleListed(): Promise<void> {
    await this.#settleAll()
    this.#state = { ...this.#state, settled: 0, unwritten: 0 }
    for await (const document of everyDocument(this.#deps, this.#id)) {
      if (document.state !== 'pending') await this.#take(this.#read, document)
    }
    await this.#settleAll()
  }

  async #take(event: number, document: DocumentView): Promise<void> {
    this.#read = event
    const settling = settle(this.#deps, this.#id, document)
    // It is waited for in its turn.
    settling.catch(() => {})
    this.#window.push({ event, settling })
    if (this.#window.length >= FETCHES) await this.#settleOldest()
  }

  async #settleAll(): Promise<void> {
    while (this.#window.length > 0) await this.#settleOldest()
  }

  async #settleOldest(): Promise<void> {
    const oldest = this.#window.shift()
    if (oldest === undefined) return
    const { outcome, isUnwritten } = await oldest.settling
    const { settled, unwritten } = this.#state
    this.#state = {
      ...this.#state,
      settled: settled + 1,
      unwritten: unwritten + (isUnwritten ? 1 : 0),
      lastEvent: oldest.event,
    }
    if (!this.#told.has(outcome.name)) this.#deps.watcher.onOutcome(outcome)
    this.#told.add(outcome.name)
    this.#tell(this.#batch)
    if (performance.now() - this.#savedAt < SAVE_MS) return
    await this.#deps.save(this.#state)
    this.#savedAt = performance.now()
  }

  #tell(batch: BatchView): void {
    this.#batch = batch
    const { counts, waiting } = batch
    const { total, sealed, failed } = counts
    this.#deps.watcher.onProgress({
      phase: 'sealing',
      done: this.#state.settled,
      ...{ total, sealed, failed },
      waiting: waiting ? describeProblem(waiting) : undefined,
    })
  }
}

/** Its batch is asked for in another way; if that is refused too, the run ends there. */
function noStream(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error
}
