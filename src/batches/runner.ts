import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Db, Tx } from '../db/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { SealAccess } from '../sealing/seal-access.ts'
import type { Claim, ClaimedDocument, Claims } from './claims.ts'
import type { BatchFiles } from './files/batch-files.ts'
import type { Batch } from './model.ts'
import { type Problem, problemOf } from './problem.ts'
import { type ClaimResult, recordResults, syncLogs } from './results.ts'
import { sealClaim } from './seal-claim.ts'
import { type Contender, Shares } from './shares.ts'
import { findBatch, listActiveBatches, moveBatch, noteWaiting } from './store.ts'
import { isSuspect, partsOf } from './suspects.ts'

export interface RunnerDeps {
  readonly db: Db
  readonly claims: Claims
  readonly files: BatchFiles
  readonly engine: Pick<Engine, 'seal' | 'threads'>
  readonly access: SealAccess
  readonly makeId: (at: number) => string
  readonly retentionMs: number | undefined
  /** Called for a batch that has just finished, in the transaction. */
  readonly onFinished: (tx: Tx, batch: Batch) => Promise<void>
  /** Called when there is something new to tell of a batch. */
  readonly onProgress: (batchId: string) => void
  /** Whether no other node works on these batches. */
  readonly isAlone: boolean
  readonly now: () => number
  readonly log: Logger
}

export interface Runner {
  /** There is something to do: a batch was started. */
  wake(): void
  /** Finish what is under way, give back the rest. */
  stop(): Promise<void>
}

/** A batch as the runner knows it. */
interface Active extends Contender {
  readonly batch: Batch
  weight: number
  isRevoked: boolean
  /** Not before this time, Unix ms: something outside the documents was wrong. */
  pausedUntil: number
  pauses: number
  /** Nothing was to be claimed; looked at again then. */
  drainedUntil: number
  /** Raised when its logs may have lost something. */
  logEpoch: number
}

interface Ready {
  readonly active: Active
  readonly claim: Claim
  readonly documents: readonly ClaimedDocument[]
}

/** Results wait this long for others, so that many share one sync of disk and database. */
const GROUP_MS = 100
/** More in one transaction would keep a page or a single seal waiting. */
const GROUP_CHUNKS_MAX = 8
/** How often is looked for batches that other nodes started. */
const LOOK_MS = 250
const DRAINED_MS = 1_000
const RENEW_MS = 4_000
const JOBS_PER_THREAD = 2
/** What is not done by then at the end is done by whoever claims it next. */
const FINISH_WITHIN_MS = 20_000
const AHEAD_MAX = 64
const PAUSE = { firstMs: 500, maxMs: 10_000 } as const
/** Work on batches: claim, seal in the engine, write down in groups, until stopped. */
export function startRunner(deps: RunnerDeps): Runner {
  const runner = new BatchRunner(deps)
  runner.start()
  return runner
}

class BatchRunner implements Runner {
  readonly #deps: RunnerDeps
  readonly #shares = new Shares()
  #active = new Map<string, Active>()
  #ready: Ready[] = []
  readonly #underWay = new Map<Promise<void>, Claim>()
  #results: ClaimResult[] = []
  #toRelease: Claim[] = []
  #toSplit: { active: Active; claim: Claim; parts: number[][] }[] = []
  readonly #toPause = new Map<string, Problem>()
  /** A suspect is worked on, or what became of it is not yet written down: nothing else is. */
  #isWatching = false
  /** Chunks that the last group wrote down: about so many are wanted in store. */
  #lastGroup = 0
  #wakeUp: () => void = () => {}
  #isWoken = false
  #isStopping = false
  /** A cycle failed: the database may have done what it did not confirm. */
  #isUnsure = false
  #looked = 0
  #renewing: NodeJS.Timeout | undefined
  #loop: Promise<void> = Promise.resolve()

  constructor(deps: RunnerDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#loop = this.#run()
    this.#renewing = setInterval(() => void this.#renew(), RENEW_MS)
  }

  wake(): void {
    for (const active of this.#active.values()) active.drainedUntil = 0
    this.#looked = 0
    this.#isWoken = true
    this.#wakeUp()
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#wakeUp()
    await this.#loop
    clearInterval(this.#renewing)
    await this.#deps.claims.releaseAll(this.#deps.db)
  }

  async #run(): Promise<void> {
    if (this.#deps.isAlone)
      await this.#persistently(() => this.#deps.claims.takeOverAll(this.#deps.db))
    while (!this.#isStopping) {
      await this.#persistently(() => this.#cycle())
      await this.#rest()
    }
    await Promise.race([
      Promise.all(this.#underWay.keys()),
      sleep(FINISH_WITHIN_MS, undefined, { ref: false }),
    ])
    await this.#persistently(() => this.#writeDown([]))
  }

  /** A full disk or a locked database passes: nothing that was done is given up for it. */
  async #persistently(work: () => Promise<void>): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        await work()
        return
      } catch (error) {
        this.#deps.log.error({ err: error, failures }, 'batches: a cycle failed, to be tried again')
        if (this.#isStopping && failures > 2) return
        await sleep(pauseMs(failures))
      }
    }
  }

  async #cycle(): Promise<void> {
    if (this.#isUnsure) await this.#giveBackUnknown()
    this.#isUnsure = true
    await this.#look()
    await this.#writeDown(this.#choose())
    this.#isUnsure = false
    this.#dispatch()
  }

  /** Nobody would work on chunks that were claimed without this node's knowledge, while it lives. */
  async #giveBackUnknown(): Promise<void> {
    const { claims, db } = this.#deps
    await claims.releaseOthers(db, [
      ...this.#underWay.values(),
      ...[...this.#ready, ...this.#results, ...this.#toSplit].map(({ claim }) => claim),
      ...this.#toRelease,
    ])
  }

  /** Until there is enough to write down, or it is time to look again. */
  async #rest(): Promise<void> {
    const isIdle = this.#underWay.size === 0 && this.#results.length === 0
    const isBehind = this.#results.length >= GROUP_CHUNKS_MAX
    if (this.#isWoken || this.#isStopping || isBehind) {
      this.#isWoken = false
      // Requests that came meanwhile go first.
      await new Promise(setImmediate)
      return
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, isIdle ? LOOK_MS : GROUP_MS)
      this.#wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wakeUp = () => {}
    this.#isWoken = false
  }

  /** Which batches there are to work on. */
  async #look(): Promise<void> {
    const { db, now } = this.#deps
    if (Math.abs(now() - this.#looked) < LOOK_MS) return
    this.#looked = now()
    const before = this.#active
    const found = await listActiveBatches(db)
    const active = new Map<string, Active>()
    for (const { id, clientId, weight, isRevoked } of found) {
      const known = before.get(id)
      if (known !== undefined) {
        active.set(id, Object.assign(known, { weight, isRevoked }))
        continue
      }
      const batch = await findBatch(db, id)
      if (batch === undefined) continue
      const fresh = { pausedUntil: 0, pauses: 0, drainedUntil: 0, logEpoch: 0 }
      active.set(id, { id, clientId, weight, isRevoked, batch, ...fresh })
    }
    this.#active = active
    this.#shares.admit([...active.values()])
  }

  /** How many chunks to claim of which batches. */
  #choose(): { active: Active; chunks: number }[] {
    if (this.#isStopping) return []
    const at = this.#deps.now()
    const open = [...this.#active.values()].filter(
      ({ pausedUntil, drainedUntil }) => pausedUntil <= at && drainedUntil <= at,
    )
    const ahead = Math.min(AHEAD_MAX, Math.max(this.#jobsMax, 2 * this.#lastGroup))
    const chosen = new Map<string, { active: Active; chunks: number }>()
    for (let wanted = ahead - this.#ready.length; wanted > 0; wanted -= 1) {
      const next = this.#shares.next(open)
      const active = next && this.#active.get(next.id)
      if (active === undefined) break
      const choice = chosen.get(active.id) ?? { active, chunks: 0 }
      choice.chunks += 1
      chosen.set(active.id, choice)
    }
    return [...chosen.values()]
  }

  get #jobsMax(): number {
    return this.#deps.engine.threads * JOBS_PER_THREAD
  }

  /** One transaction for what was done and what is done next. */
  async #writeDown(chosen: readonly { active: Active; chunks: number }[]): Promise<void> {
    const { db, claims, now, onProgress } = this.#deps
    const results = await this.#durableResults()
    // Copies: work that ends meanwhile adds to the lists, and is written down the next time.
    const [released, split, paused] = [[...this.#toRelease], [...this.#toSplit], [...this.#toPause]]
    const isQuiet = results.length + released.length + split.length + paused.length === 0
    if (isQuiet && chosen.length === 0) return
    const at = now()
    const claimed = await db.transaction().execute(async (tx) => {
      if (results.length > 0) await recordResults(this.#deps, tx, results, at)
      for (const { claim, parts } of split) await claims.split(tx, claim, parts)
      for (const claim of released) await claims.release(tx, claim)
      for (const [id, problem] of paused) await noteWaiting(tx, id, problem)
      return this.#claim(tx, chosen)
    })
    this.#results = this.#results.slice(results.length)
    this.#toRelease = this.#toRelease.slice(released.length)
    this.#toSplit = this.#toSplit.slice(split.length)
    for (const { active } of split) active.drainedUntil = 0
    for (const [id, problem] of paused) {
      if (this.#toPause.get(id) === problem) this.#toPause.delete(id)
    }
    this.#lastGroup = results.length
    this.#ready.push(...claimed)
    for (const id of new Set(results.map(({ batch }) => batch.id))) onProgress(id)
    for (const [id] of paused) onProgress(id)
  }

  /** The next group to write down: what the logs hold of it would survive a power cut. */
  async #durableResults(): Promise<readonly ClaimResult[]> {
    const group = this.#results.slice(0, GROUP_CHUNKS_MAX)
    const failures = await syncLogs(this.#deps.files, group)
    for (const [batchId, error] of failures) this.#distrustLogs(batchId, error)
    return group.filter(({ batch }) => !failures.has(batch.id))
  }

  /**
   * After a failed sync nobody knows what a log holds, though the next sync says that all is well:
   * what was appended to it is done again, into another log.
   */
  #distrustLogs(batchId: string, error: unknown): void {
    const isOfBatch = ({ batch }: ClaimResult) => batch.id === batchId
    this.#toRelease.push(...this.#results.filter(isOfBatch).map(({ claim }) => claim))
    this.#results = this.#results.filter((result) => !isOfBatch(result))
    const active = this.#active.get(batchId)
    if (active === undefined) return
    active.logEpoch += 1
    this.#pause(active, error)
  }

  async #claim(tx: Tx, chosen: readonly { active: Active; chunks: number }[]): Promise<Ready[]> {
    const { claims } = this.#deps
    const claimed: Ready[] = []
    for (const { active, chunks } of chosen) {
      const got = await claims.claim(tx, active.id, chunks)
      if (got.length > 0) await moveBatch(tx, active.id, 'work')
      if (got.length < chunks) {
        active.drainedUntil = this.#deps.now() + DRAINED_MS
        this.#shares.giveBack(active, chunks - got.length)
      }
      for (const claim of got) {
        claimed.push({ active, claim, documents: await claims.listClaimed(tx, claim) })
      }
    }
    return claimed
  }

  #dispatch(): void {
    while (this.#underWay.size < this.#jobsMax) {
      const [ready] = this.#ready
      if (ready === undefined || !this.#mayBegin(ready.claim)) return
      this.#ready.shift()
      const work = this.#work(ready).finally(() => {
        this.#underWay.delete(work)
        if (!this.#isStopping) this.#dispatch()
        const isIdle = this.#underWay.size === 0
        if (isIdle || this.#ready.length === 0 || this.#results.length >= GROUP_CHUNKS_MAX) {
          this.#wakeUp()
        }
      })
      this.#underWay.set(work, ready.claim)
    }
  }

  /** A suspect is alone, so that the death of this node is blamed on nothing else. */
  #mayBegin(claim: Claim): boolean {
    const isFree = this.#underWay.size + this.#results.length === 0
    if (isFree) this.#isWatching = false
    if (this.#isWatching || (isSuspect(claim) && !isFree)) return false
    this.#isWatching = isSuspect(claim)
    return true
  }

  async #work({ active, claim, documents }: Ready): Promise<void> {
    const parts = partsOf(claim, documents)
    if (parts.length > 1) {
      this.#toSplit.push({ active, claim, parts })
      return
    }
    const { logEpoch } = active
    try {
      const { claims, db } = this.#deps
      if (isSuspect(claim) && !(await claims.begin(db, claim))) return
      const result = await sealClaim(this.#deps, active, { claim, documents })
      active.pauses = 0
      if (logEpoch === active.logEpoch) this.#results.push(result)
      else this.#toRelease.push(claim)
    } catch (error) {
      this.#toRelease.push(claim)
      this.#pause(active, error)
    }
  }

  /** The documents are not at fault: they wait, and are tried again a little later each time. */
  #pause(active: Active, error: unknown): void {
    const { log, now } = this.#deps
    const problem = problemOf(error) ?? INTERNAL
    log.warn({ err: error, batchId: active.id }, 'batches: a batch has to wait')
    active.pausedUntil = now() + pauseMs(active.pauses)
    active.pauses += 1
    this.#toPause.set(active.id, problem)
    const rest = this.#ready.filter((ready) => ready.active.id === active.id)
    this.#ready = this.#ready.filter((ready) => ready.active.id !== active.id)
    this.#toRelease.push(...rest.map((ready) => ready.claim))
  }

  async #renew(): Promise<void> {
    if (this.#underWay.size + this.#ready.length + this.#results.length === 0) return
    const { claims, db, log } = this.#deps
    await claims.renew(db).catch((error) => log.error({ err: error }, 'batches: no lease renewed'))
  }
}

const INTERNAL: Problem = {
  code: 'internal',
  message: 'The server failed on this batch; its log says why. It is tried again.',
  hints: {},
}

function pauseMs(times: number): number {
  return Math.min(PAUSE.maxMs, PAUSE.firstMs * 2 ** Math.min(times, 10))
}
