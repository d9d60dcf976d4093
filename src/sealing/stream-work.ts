import type { Logger } from 'pino'
import type { ArchiveDocument } from '../archives/archive-entry.ts'
import { AppError } from '../errors.ts'
import { Bell } from './bell.ts'
import type { Spool } from './spool.ts'
import { MEMORY_DOCUMENT_BYTES_MAX, StreamMemory } from './stream-memory.ts'
import {
  type FinishedJob,
  failedWith,
  INTERNAL,
  REPORT_NAME,
  type StreamDocument,
  type StreamJob,
  type StreamRequest,
} from './stream-model.ts'

export interface StreamWorkDeps {
  readonly spool: Spool
  /** Jobs that are under way at once. */
  readonly jobsMax: number
  readonly seal: (job: StreamJob) => Promise<FinishedJob>
  readonly log: Logger
}

/** A buffer that is being filled, and is held by the jobs whose documents lie in it. */
interface Room {
  readonly buffer: SharedArrayBuffer
  filled: number
  holders: number
}

const JOB_DOCUMENTS_MAX = 32
const JOB_BYTES = 4 << 20
/** A job is not kept waiting for documents that do not come. */
const IDLE_MS = 5
/** Finished jobs wait for others, so that many are written down at once. */
const GATHER_MS = 40
const GATHER_DOCUMENTS = 500
/** Documents in files of the spool, and results nobody has taken: beyond, nothing more is read. */
const SPOOLED_MAX = 2
const FINISHED_MAX = 1_000

/**
 * The work on one stream, from its entries to sealed documents that are not written down yet: as
 * much under way as keeps the engine busy, and nothing read beyond what memory is there for.
 */
export class StreamWork {
  readonly #deps: StreamWorkDeps
  readonly #request: StreamRequest
  readonly #memory = new StreamMemory()
  readonly #bell = new Bell()
  #room: Room | undefined
  /** Of the job that is still being filled. */
  #documents: StreamDocument[] = []
  #documentsBytes = 0
  #addedAt = 0
  #idle: NodeJS.Timeout | undefined
  #queue: StreamJob[] = []
  #underWay = 0
  #spooled = 0
  #finished: FinishedJob[] = []
  #finishedDocuments = 0
  #isReading = true
  #broken: AppError | undefined
  #failure: unknown

  constructor(deps: StreamWorkDeps, request: StreamRequest) {
    this.#deps = deps
    this.#request = request
    request.signal.addEventListener('abort', () => this.#bell.ring(), { once: true })
  }

  /** Why the entries could not be read to their end. */
  get broken(): AppError | undefined {
    return this.#broken
  }

  /** Read the entries and have them sealed, until there are no more or nobody wants them. */
  async read(): Promise<void> {
    try {
      for await (const entry of this.#request.entries) {
        await this.#until(() => this.#finishedDocuments < FINISHED_MAX)
        if (this.#isUnwanted) break
        if ('problem' in entry) this.#refuse(entry.name, entry.problem)
        else if (entry.name === REPORT_NAME) this.#refuse(entry.name, nameTaken())
        else await this.#take(entry)
      }
    } catch (error) {
      this.#broken = error instanceof AppError ? error : INTERNAL
      if (this.#broken === INTERNAL) this.#deps.log.error({ err: error }, 'stream: reading failed')
    }
    clearTimeout(this.#idle)
    this.#leaveRoom()
    this.#isReading = false
    this.#bell.ring()
  }

  /**
   * What has been finished since it was last asked.
   *
   * @returns Undefined once there is no more.
   * @throws What `seal` throws: the stream is over then.
   */
  async next(): Promise<readonly FinishedJob[] | undefined> {
    while (this.#finished.length === 0) {
      const isOver = !this.#isReading || this.#isUnwanted
      if (isOver && !this.#isBusy) {
        if (this.#failure !== undefined) throw this.#failure
        return undefined
      }
      await this.#bell.wait()
    }
    const until = performance.now() + GATHER_MS
    while (this.#isBusy && this.#finishedDocuments < GATHER_DOCUMENTS) {
      const leftMs = until - performance.now()
      if (leftMs <= 0) break
      await this.#bell.wait(leftMs)
    }
    const finished = this.#finished
    this.#finished = []
    this.#finishedDocuments = 0
    return finished
  }

  /** What they hold is free again. */
  release(finished: readonly FinishedJob[]): void {
    for (const { job } of finished) job.release()
    this.#bell.ring()
  }

  get #isBusy(): boolean {
    return this.#underWay > 0 || this.#queue.length > 0
  }

  get #isUnwanted(): boolean {
    return this.#request.signal.aborted || this.#failure !== undefined
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#isUnwanted) await this.#bell.wait()
  }

  async #take(entry: ArchiveDocument): Promise<void> {
    const { name, declaredBytes = Infinity } = entry
    if (declaredBytes > MEMORY_DOCUMENT_BYTES_MAX) return this.#spool(entry)
    const room = await this.#roomFor(declaredBytes)
    if (room === undefined) return
    const bytes = new Uint8Array(room.buffer, room.filled, declaredBytes)
    await takeInto(bytes, entry)
    room.filled += declaredBytes
    this.#documents.push({ name, place: { bytes }, bytes: declaredBytes })
    this.#documentsBytes += declaredBytes
    this.#addedAt = performance.now()
    const isFull = this.#documents.length === JOB_DOCUMENTS_MAX || this.#documentsBytes >= JOB_BYTES
    if (isFull) this.#leaveRoom()
    else this.#idle ??= setTimeout(() => this.#closeIdle(), IDLE_MS)
  }

  /** @returns Undefined when nobody wants it any more. */
  async #roomFor(bytes: number): Promise<Room | undefined> {
    if (this.#room !== undefined) {
      if (this.#room.filled + bytes <= this.#room.buffer.byteLength) return this.#room
      this.#leaveRoom()
    }
    let buffer = this.#memory.take(bytes)
    await this.#until(() => {
      buffer ??= this.#memory.take(bytes)
      return buffer !== undefined
    })
    this.#room = buffer && { buffer, filled: 0, holders: 1 }
    return this.#room
  }

  #leaveRoom(): void {
    this.#closeJob()
    if (this.#room !== undefined) this.#drop(this.#room)
    this.#room = undefined
  }

  #drop(room: Room): void {
    room.holders -= 1
    if (room.holders === 0) this.#memory.give(room.buffer)
  }

  /** A large document goes by a file, and alone. */
  async #spool({ name, chunks }: ArchiveDocument): Promise<void> {
    await this.#until(() => this.#spooled < SPOOLED_MAX)
    if (this.#isUnwanted) return
    this.#spooled += 1
    try {
      const { path, source, release } = await this.#deps.spool.receive(chunks, {
        maxBytes: Number.POSITIVE_INFINITY,
      })
      const place = { path, offset: 0, length: source.length }
      this.#submit({
        documents: [{ name, place, bytes: source.length }],
        release: () => {
          this.#spooled -= 1
          void release()
        },
      })
    } catch (error) {
      this.#spooled -= 1
      if (!(error instanceof AppError) || error.code !== 'storage-full') throw error
      this.#refuse(name, error)
    }
  }

  #refuse(name: string, error: AppError): void {
    const documents = [{ name, place: { bytes: NOTHING }, bytes: 0 }]
    const job = { documents, release: () => {} }
    this.#finish({ job, outcomes: [failedWith(error)], right: undefined })
  }

  /** A document that is just arriving goes on where it lies, for the next job. */
  #closeIdle(): void {
    this.#idle = undefined
    if (this.#documents.length === 0) return
    const isIdle = performance.now() - this.#addedAt >= IDLE_MS
    if (isIdle && this.#underWay < this.#deps.jobsMax) this.#closeJob()
    else this.#idle = setTimeout(() => this.#closeIdle(), IDLE_MS)
  }

  #closeJob(): void {
    const documents = this.#documents
    const room = this.#room
    if (room === undefined || documents.length === 0) return
    this.#documents = []
    this.#documentsBytes = 0
    room.holders += 1
    this.#submit({ documents, release: () => this.#drop(room) })
  }

  #submit(job: StreamJob): void {
    this.#queue.push(job)
    this.#dispatch()
  }

  #dispatch(): void {
    while (this.#underWay < this.#deps.jobsMax) {
      const job = this.#queue.shift()
      if (job === undefined) return
      if (this.#isUnwanted) job.release()
      else void this.#run(job)
    }
  }

  async #run(job: StreamJob): Promise<void> {
    this.#underWay += 1
    try {
      this.#finish(await this.#deps.seal(job))
    } catch (error) {
      job.release()
      this.#failure ??= error
    }
    this.#underWay -= 1
    this.#dispatch()
    this.#bell.ring()
  }

  #finish(finished: FinishedJob): void {
    this.#finished.push(finished)
    this.#finishedDocuments += finished.outcomes.length
    this.#bell.ring()
  }
}

const NOTHING = new Uint8Array()

async function takeInto(bytes: Uint8Array, entry: ArchiveDocument): Promise<void> {
  if (entry.readInto !== undefined) return entry.readInto(bytes)
  let filled = 0
  for await (const chunk of entry.chunks) {
    bytes.set(chunk, filled)
    filled += chunk.length
  }
}

function nameTaken(): AppError {
  return new AppError('archive-entry-unsafe', 'The report of the stream has this name.')
}
