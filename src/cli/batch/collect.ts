import type { BatchApi } from './batch-api.ts'
import { BatchView, DocumentView, octetsOf } from './batch-api.ts'
import type { OutFolder } from './out-folder.ts'
import type { Outcome, Watcher } from './outcome.ts'
import { type Patiently, pause } from './patience.ts'
import { readEvents } from './read-events.ts'
import { describeProblem, type Problem, Refusal } from './refusal.ts'
import { cannotWrite, inTheWay } from './send.ts'
import type { BatchState } from './state-file.ts'

interface CollectDeps {
  readonly api: BatchApi
  readonly patiently: Patiently
  readonly watcher: Watcher
  readonly signal: AbortSignal
  readonly trouble: () => string | undefined
  /** Keeps how far it is. */
  readonly save: (state: BatchState) => Promise<void>
}

interface Place {
  readonly out: OutFolder
  readonly isForced: boolean
}

/** Results that are fetched at once. */
const FETCHES = 6
const SAVE_MS = 1_000
const RECONNECT_MS = 1_000
const POLL_MS = 2_000
/** Streams that tell nothing before the command asks instead: something between holds them back. */
const SILENT_STREAMS_MAX = 3

interface Collected {
  readonly state: BatchState
  readonly batch: BatchView
}

/**
 * Put every result of a started batch into the out folder, as the batch goes on, to its end.
 *
 * @param begun - With the event up to which an earlier run has come.
 */
export async function collectResults(
  deps: CollectDeps,
  place: Place,
  begun: BatchState & { readonly batch: string },
): Promise<Collected> {
  const collector = new Collector(deps, place, begun)
  const batch = (await collector.follow()) ?? (await collector.poll())
  // Without events, or when somebody had the batch try again what failed, the list has what is left.
  if (collector.state.settled !== batch.counts.sealed + batch.counts.failed) {
    await collector.settleListed()
  }
  return { state: collector.state, batch }
}

class Collector {
  readonly #deps: CollectDeps
  readonly #place: Place
  readonly #id: string
  #state: BatchState
  #savedAt = 0
  /** The last event that was read; those up to the one of the state are settled. */
  #read: number
  /** Names of documents whose end this run has told. */
  readonly #told = new Set<string>()
  /** What is being settled, in the order of the events. */
  #window: { readonly event: number; readonly settled: Promise<void> }[] = []

  constructor(deps: CollectDeps, place: Place, begun: BatchState & { readonly batch: string }) {
    this.#deps = deps
    this.#place = place
    this.#id = begun.batch
    this.#state = begun
    this.#read = begun.lastEvent
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
        const batch = BatchView.parse(JSON.parse(data))
        this.#tell(batch)
        if (event !== 'done') continue
        while (this.#window.length > 0) await this.#settleOldest()
        return batch
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
    const { api, patiently } = this.#deps
    while (this.#window.length > 0) await this.#settleOldest()
    this.#state = { ...this.#state, settled: 0, unwritten: 0 }
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const from = cursor
      const page = await patiently(() => api.documents(this.#id, from))
      for (const document of page.documents) {
        if (document.state !== 'pending') await this.#take(this.#read, document)
      }
      cursor = page.nextCursor
    }
    while (this.#window.length > 0) await this.#settleOldest()
  }

  async #take(event: number, document: DocumentView): Promise<void> {
    this.#read = event
    const settled = this.#settle(document)
    // It is waited for in its turn.
    settled.catch(() => {})
    this.#window.push({ event, settled })
    if (this.#window.length >= FETCHES) await this.#settleOldest()
  }

  async #settleOldest(): Promise<void> {
    const oldest = this.#window.shift()
    if (oldest === undefined) return
    await oldest.settled
    const { settled } = this.#state
    this.#state = { ...this.#state, settled: settled + 1, lastEvent: oldest.event }
    if (performance.now() - this.#savedAt < SAVE_MS) return
    await this.#deps.save(this.#state)
    this.#savedAt = performance.now()
  }

  async #settle(document: DocumentView): Promise<void> {
    const { name, operation, problem, sealedBytes, sealedSha256, sha256 } = document
    if (operation === null || sealedBytes === null || sealedSha256 === null) {
      await this.#fail(name, problem ?? UNKNOWN)
      return
    }
    const { out } = this.#place
    const obstacle = await this.#fetch(name, { bytes: sealedBytes, sha256: sealedSha256 })
    if (obstacle !== undefined) {
      this.#state = { ...this.#state, unwritten: this.#state.unwritten + 1 }
      await this.#fail(name, obstacle)
      return
    }
    const sealed = { name, state: 'sealed', operation, sha256, sealedSha256 } as const
    this.#report({ ...sealed, out: out.pathOf(name) })
  }

  async #fail(name: string, problem: Problem): Promise<void> {
    await this.#place.out.putProblem(name, problem)
    this.#report({ name, state: 'failed', problem })
  }

  #report(outcome: Outcome): void {
    if (this.#told.has(outcome.name)) return
    this.#told.add(outcome.name)
    this.#deps.watcher.onOutcome(outcome)
  }

  /** @returns What keeps the sealed file from being where it belongs, if something does. */
  async #fetch(
    name: string,
    expected: { bytes: number; sha256: string },
  ): Promise<Problem | undefined> {
    const { api, patiently } = this.#deps
    const { out, isForced } = this.#place
    const there = await out.find(name, expected)
    if (there === 'the same') return undefined
    if (there === 'another' && !isForced) return inTheWay(out.pathOf(name))
    const obstacle = await patiently(async () => {
      const answer = await api.sealed(this.#id, name)
      return out.put(name, expected, octetsOf(answer))
    })
    return obstacle === undefined ? undefined : cannotWrite(obstacle)
  }

  #tell({ counts: { total, sealed, failed }, waiting }: BatchView): void {
    this.#deps.watcher.onProgress({
      phase: 'sealing',
      done: this.#state.settled,
      ...{ total, sealed, failed },
      waiting: this.#deps.trouble() ?? (waiting ? describeProblem(waiting) : undefined),
    })
  }
}

const UNKNOWN: Problem = {
  type: 'about:blank',
  title: 'It failed, and the server does not say why',
}

/** Its batch is asked for in another way; if that is refused too, the run ends there. */
function noStream(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error
}
