import type { Logger } from 'pino'
import type { Db } from '../db/database.ts'
import { type Batch, type BatchDocument, isFinished } from './model.ts'
import { findBatch, listEvents } from './store.ts'

/** What is told of a batch. `no` is the number of the last document event told before, or of this. */
export type WatchEvent =
  | { readonly kind: 'document'; readonly no: number; readonly document: BatchDocument }
  | { readonly kind: 'progress' | 'done'; readonly no: number; readonly batch: Batch }

export interface BatchEvents {
  /**
   * What happens to a batch, from any node, in the order in which it happened, until it is finished
   * or removed: each document event once, after what lies behind it the state of the whole. The
   * next events are read only when they are asked for. Nothing for a while is an empty list.
   *
   * @param after - Number of the last document event that was told already.
   */
  watch(
    batchId: string,
    options: { readonly after: number; readonly signal: AbortSignal },
  ): AsyncGenerator<readonly WatchEvent[], void, undefined>
  /** This node has just written something down: watchers need not wait for the next look. */
  touch(batchId: string): void
  /** End every watch. */
  close(): void
}

interface EventsDeps {
  readonly db: Db
  readonly log: Logger
  /** How often is looked for what other nodes wrote down. */
  readonly lookMs?: number
  /** Silence after which a watcher hears that there is nothing to hear. */
  readonly quietMs?: number
}

const LOOK_MS = 500
const QUIET_MS = 15_000
const PAGE_EVENTS = 500

/** Watches batches in the database: once each, however many clients look on. */
export function makeBatchEvents({
  db,
  log,
  lookMs = LOOK_MS,
  quietMs = QUIET_MS,
}: EventsDeps): BatchEvents {
  const watched = new Map<string, WatchedBatch>()
  let isClosed = false

  return {
    async *watch(batchId, { after, signal }) {
      if (isClosed) return
      const one = watched.get(batchId) ?? new WatchedBatch(batchId, { db, log, lookMs })
      watched.set(batchId, one)
      const look = one.enter()
      try {
        yield* follow(one, { after, look, signal, quietMs })
      } finally {
        if (one.leave() === 0) watched.delete(batchId)
      }
    },
    touch: (batchId) => watched.get(batchId)?.touch(),
    close() {
      isClosed = true
      for (const one of watched.values()) one.end()
    },
  }
}

interface Waiting {
  /** The first look that counts: an earlier one may have seen less than the client has. */
  readonly look: number
  readonly signal: AbortSignal
  readonly quietMs: number
}

async function* follow(
  one: WatchedBatch,
  { after: told, ...waiting }: Waiting & { readonly after: number },
): AsyncGenerator<readonly WatchEvent[], void, undefined> {
  let after = told
  let seen: Batch | undefined
  for (;;) {
    const batch = await one.next(seen, waiting)
    if (batch === 'over') return
    if (batch === 'quiet') {
      yield []
      // The rate falls while nothing happens.
      if (seen !== undefined) yield [{ kind: 'progress', no: after, batch: seen }]
      continue
    }
    seen = batch
    while (after < batch.eventNo && !waiting.signal.aborted) {
      const page = await one.page(batch, after)
      if (page.length > 0) yield page
      // A retry may have taken back the numbers that are missing.
      after = page.at(-1)?.no ?? batch.eventNo
    }
    yield [{ kind: 'progress', no: after, batch }]
    if (!isFinished(batch.state)) continue
    yield [{ kind: 'done', no: after, batch }]
    return
  }
}

type DocumentEvent = Extract<WatchEvent, { kind: 'document' }>

/** One batch and all who watch it. It is read while somebody does. */
class WatchedBatch {
  readonly #id: string
  readonly #deps: { readonly db: Db; readonly log: Logger; readonly lookMs: number }
  readonly #sleepers = new Set<() => void>()
  #watchers = 0
  #isOver = false
  #looks = 0
  /** How the batch stood at the last look that has ended. */
  #found: { readonly look: number; readonly batch: Batch } | undefined
  #isTouched = false
  #wakeLook: () => void = () => {}
  /** Those who have come as far as this share what they read next. */
  #page: { batch: Batch; after: number; events: Promise<DocumentEvent[]> } | undefined

  constructor(id: string, deps: { db: Db; log: Logger; lookMs: number }) {
    this.#id = id
    this.#deps = deps
  }

  /** @returns The number of the next look. */
  enter(): number {
    const next = this.#looks + 1
    this.#watchers += 1
    if (this.#watchers === 1) void this.#keepLooking()
    else this.touch()
    return next
  }

  /** @returns How many are left. */
  leave(): number {
    this.#watchers -= 1
    if (this.#watchers === 0) this.touch()
    return this.#watchers
  }

  touch(): void {
    this.#isTouched = true
    this.#wakeLook()
  }

  end(): void {
    this.#isOver = true
    this.#wakeSleepers()
    this.touch()
  }

  /** How the batch stands, once that is other than what was seen. */
  async next(
    seen: Batch | undefined,
    { look, signal, quietMs }: Waiting,
  ): Promise<Batch | 'quiet' | 'over'> {
    const deadline = performance.now() + quietMs
    for (;;) {
      if (signal.aborted || this.#isOver) return 'over'
      const found = this.#found
      if (found !== undefined && found.look >= look && found.batch !== seen) return found.batch
      const left = deadline - performance.now()
      if (left <= 0) return 'quiet'
      await this.#sleep(left, signal)
    }
  }

  /** The events behind `after`, up to where the batch stood. */
  async page(batch: Batch, after: number): Promise<readonly DocumentEvent[]> {
    const page = this.#page
    if (page?.batch === batch && page.after === after) return page.events
    const events = this.#read(batch, after)
    this.#page = { batch, after, events }
    events.catch(() => {
      this.#page = undefined
    })
    return events
  }

  async #read({ eventNo }: Batch, after: number): Promise<DocumentEvent[]> {
    const found = await listEvents(this.#deps.db, this.#id, { after, limit: PAGE_EVENTS })
    return found
      .filter((document) => document.eventNo <= eventNo)
      .map((document) => ({ kind: 'document', no: document.eventNo, document }))
  }

  async #keepLooking(): Promise<void> {
    while (this.#watchers > 0 && !this.#isOver) {
      this.#isTouched = false
      await this.#look()
      this.#wakeSleepers()
      if (this.#isTouched) continue
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#deps.lookMs)
        this.#wakeLook = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async #look(): Promise<void> {
    const { db, log } = this.#deps
    this.#looks += 1
    const look = this.#looks
    try {
      const batch = await findBatch(db, this.#id)
      if (batch === undefined) this.#isOver = true
      else this.#found = { look, batch: unchanged(this.#found?.batch, batch) ?? batch }
    } catch (error) {
      log.warn({ err: error, batchId: this.#id }, 'batches: watchers have to wait')
    }
  }

  #wakeSleepers(): void {
    for (const wake of [...this.#sleepers]) wake()
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#sleepers.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#sleepers.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}

/** @returns The earlier one when nothing has changed. */
function unchanged(before: Batch | undefined, batch: Batch): Batch | undefined {
  return JSON.stringify(before) === JSON.stringify(batch) ? before : undefined
}
