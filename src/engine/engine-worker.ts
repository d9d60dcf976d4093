import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { GuardError } from '../../hsm/errors.ts'
import { AppError } from '../errors.ts'
import type { DigestJob, SignedDigests } from './digest-job.ts'
import type { Outcome, SealJob } from './job.ts'
import type { SealKit } from './seal-kit.ts'
import type { FromThread, JobFailure, ThreadData, ToThread } from './thread-messages.ts'

/** The thread died, or was given up, with this job under way. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost'
  /** It looked at documents just then; else it began, or waited for signatures. */
  readonly wasAtWork: boolean

  constructor(reason: string, wasAtWork: boolean) {
    super(reason)
    this.wasAtWork = wasAtWork
  }
}

/** What a thread is asked, with the answer it gives. */
type Question =
  | { readonly type: 'job'; readonly job: SealJob; resolve(outcomes: Outcome[]): void }
  | { readonly type: 'digests'; readonly job: DigestJob; resolve(signed: SignedDigests): void }

type Outstanding = Question & { reject(error: unknown): void }

/** A thread that says nothing for so long is in a loop that never ends. */
const SILENT_MS = 30_000
const TERMINATE_WITHIN_MS = 5_000
const HEAP_MB_MAX = 1_024
const YOUNG_MB_MAX = 24
const KITS_MAX = 200

/** The main thread's end of an engine thread, for one life of it. */
export class EngineWorker {
  readonly #worker: Worker
  readonly #outstanding = new Map<number, Outstanding>()
  readonly #kits = new Map<SealKit, number>()
  readonly #silentMs: number
  readonly #exited: Promise<void>
  #watch: NodeJS.Timeout | undefined
  #lastId = 0
  /** Jobs that are looked at, and questions to the guard that are not answered. */
  #begun = 0
  #asked = 0
  #reason = 'it ended'
  #isGone = false

  constructor(data: ThreadData, silentMs = SILENT_MS) {
    this.#silentMs = silentMs
    this.#worker = new Worker(threadFile(), {
      name: `engine-${data.number}`,
      workerData: data,
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_MB_MAX,
        // What a document leaves behind is dead by the time this is full.
        maxYoungGenerationSizeMb: YOUNG_MB_MAX,
      },
    })
    this.#worker.on('message', (message: FromThread) => this.#hear(message))
    this.#worker.on('error', (error) => {
      this.#reason = error instanceof Error ? error.message : String(error)
    })
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#lose()
        resolve()
      })
    })
  }

  /** No job will be taken any more. */
  get isGone(): boolean {
    return this.#isGone
  }

  /** Documents that are under way. */
  get load(): number {
    let documents = 0
    for (const asked of this.#outstanding.values()) {
      documents += asked.type === 'job' ? asked.job.documents.length : asked.job.digests.length
    }
    return documents
  }

  /** @throws WorkerLost; AppError and GuardError as `sealJob`. */
  run(kit: SealKit, job: SealJob): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      this.#ask(kit, { type: 'job', job, resolve, reject })
    })
  }

  /** @throws WorkerLost; AppError and GuardError as `signDigestJob`. */
  sign(kit: SealKit, job: DigestJob): Promise<SignedDigests> {
    return new Promise((resolve, reject) => {
      this.#ask(kit, { type: 'digests', job, resolve, reject })
    })
  }

  /** End it now, whatever it is doing: what is under way is lost. */
  async terminate(reason: string): Promise<void> {
    this.#reason = reason
    this.#lose()
    void this.#worker.terminate()
    // One that hangs in a call of the system ends only when that returns.
    await Promise.race([this.#exited, sleep(TERMINATE_WITHIN_MS, undefined, { ref: false })])
  }

  #ask(kit: SealKit, asked: Outstanding): void {
    if (this.#isGone) {
      asked.reject(new WorkerLost(this.#reason, false))
      return
    }
    const id = ++this.#lastId
    this.#outstanding.set(id, asked)
    const number = this.#numberOf(kit)
    if (asked.type === 'job') this.#tell({ type: 'job', id, kit: number, job: asked.job })
    else this.#tell({ type: 'digests', id, kit: number, job: asked.job })
    if (this.#outstanding.size === 1) this.#listen()
  }

  #hear(message: FromThread): void {
    this.#listen()
    if (message.type === 'begun') this.#begun += 1
    else if (message.type === 'asked') this.#asked += 1
    else if (message.type === 'answered') this.#asked -= 1
    if (!('id' in message)) return
    this.#begun -= 1
    const asked = this.#outstanding.get(message.id)
    this.#outstanding.delete(message.id)
    if (this.#outstanding.size === 0) clearTimeout(this.#watch)
    if (message.type === 'failed') asked?.reject(toError(message.failure))
    else if (message.type === 'done' && asked?.type === 'job') asked.resolve(message.outcomes)
    else if (message.type === 'signed' && asked?.type === 'digests') asked.resolve(message.signed)
  }

  #listen(): void {
    clearTimeout(this.#watch)
    if (this.#outstanding.size === 0 || this.#isGone) return
    this.#watch = setTimeout(() => void this.terminate('it gave no sign of life'), this.#silentMs)
  }

  #lose(): void {
    this.#isGone = true
    clearTimeout(this.#watch)
    const lost = new WorkerLost(this.#reason, this.#begun > 0 && this.#asked === 0)
    for (const { reject } of this.#outstanding.values()) reject(lost)
    this.#outstanding.clear()
  }

  #numberOf(kit: SealKit): number {
    const known = this.#kits.get(kit)
    if (known !== undefined) return known
    const number = ++this.#lastId
    this.#kits.set(kit, number)
    this.#tell({ type: 'kit', number, kit })
    if (this.#kits.size > KITS_MAX) {
      const [oldest] = this.#kits
      if (oldest !== undefined) {
        this.#kits.delete(oldest[0])
        this.#tell({ type: 'forget-kit', number: oldest[1] })
      }
    }
    return number
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message)
  }
}

/** Who runs the sources, as a test does, gets the compiled thread too: threads load no TypeScript. */
function threadFile(): URL {
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/src/engine/' : './'
  return new URL(`${folder}engine-thread.js`, import.meta.url)
}

function toError(failure: JobFailure): Error {
  switch (failure.kind) {
    case 'app':
      return new AppError(failure.code, failure.message, { hints: failure.hints })
    case 'guard':
      return new GuardError(failure.code, failure.message, {
        retryAfterSeconds: failure.retryAfterSeconds,
      })
    case 'bug':
      return new TypeError(failure.message)
  }
}
