import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { AppError } from '../errors.ts'
import { codeOf } from './deliver-file.ts'
import { FolderSync, type Folders, foldersOf, makeFolders } from './folders.ts'
import { Incoming, type IncomingFile } from './incoming.ts'
import type { HotFolder, Item } from './model.ts'
import { type ItemPlace, processItem, type SealItemDeps, setAside } from './seal-item.ts'
import { WorkFolder } from './work-folder.ts'

export interface WatchDeps extends SealItemDeps {
  readonly dataDir: string
  /** This start of the server. */
  readonly node: string
  /** Whether no other node watches the same folders. */
  readonly isAlone: boolean
  readonly makeId: () => string
  /** These files will not be sealed again: what was kept of their operations for that may go. */
  readonly forget: (clientId: string, keys: readonly string[]) => Promise<void>
  readonly log: Logger
  readonly timing?: Partial<Timing>
}

export interface Timing {
  /** Between two looks. No events: network shares give none. */
  readonly lookMs: number
  /** A file that has not changed for so long is complete. */
  readonly quietMs: number
  /** Between two signs of life. */
  readonly beatMs: number
  /** A node without a sign of life for so long is dead. */
  readonly silentMs: number
  /** What is done is forgotten together, so often. */
  readonly forgetMs: number
  readonly firstPauseMs: number
  readonly longestPauseMs: number
}

const TIMING: Timing = {
  lookMs: 1_000,
  quietMs: 2_000,
  beatMs: 10_000,
  silentMs: 60_000,
  forgetMs: 20_000,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
}

const AT_ONCE_MAX = 8
/** Taken and put off; while there are so many, no more are taken. */
const PUT_OFF_MAX = 16
/** A fault of ours is no passing thing: after so many tries the document is set aside. */
const FAULTS_MAX = 3

/** One in so many looks that fail is told. */
const BLIND_LOOKS_TOLD = 60

interface Taken {
  readonly item: Item
  /** How it looked when it was complete; undefined for one that an earlier start has taken. */
  readonly looked: Stats | undefined
  readonly failures: number
  /** Monotonic ms. */
  readonly notBefore: number
}

/** Watches one hot folder until stopped. */
export class HotFolderWatch {
  readonly #deps: WatchDeps
  readonly #log: Logger
  readonly #timing: Timing
  readonly #folders: Folders
  readonly #place: ItemPlace
  readonly #incoming: Incoming
  readonly #work: WorkFolder
  readonly #stopping = new AbortController()
  readonly #underWay = new Set<Promise<void>>()
  #putOff: Taken[] = []
  #done: string[] = []
  #forgotAt = performance.now()
  #isOpen = false
  #blindLooks = 0
  #beatAt = 0
  #pausedUntil = 0
  #pauses = 0
  #running: Promise<void> = Promise.resolve()

  constructor(deps: WatchDeps, folder: HotFolder) {
    this.#deps = deps
    this.#log = deps.log.child({ sealId: folder.sealId })
    this.#timing = { ...TIMING, ...deps.timing }
    this.#folders = foldersOf(deps.dataDir, folder.sealId)
    this.#place = {
      folder,
      folders: this.#folders,
      outSync: new FolderSync(this.#folders.out),
      failedSync: new FolderSync(this.#folders.failed),
    }
    this.#work = new WorkFolder(this.#folders.work, deps)
    this.#incoming = new Incoming(this.#folders.in, { ...this.#timing, log: this.#log })
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Finish the files under way; what is put off waits for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#look().then(
        () => {
          this.#blindLooks = 0
        },
        (error) => this.#notLooked(error),
      )
      this.#dispatch()
      await sleep(this.#timing.lookMs, undefined, { signal }).catch(() => {})
    }
    while (this.#underWay.size > 0) await Promise.race(this.#underWay)
    await this.#forget()
    if (this.#isOpen) await this.#work.close()
  }

  /** A share that is away is away for long: it need not be said each second. */
  #notLooked(error: unknown): void {
    if (this.#blindLooks % BLIND_LOOKS_TOLD === 0) {
      this.#log.error({ err: error }, 'hot folder: it cannot be looked at')
    }
    this.#blindLooks += 1
  }

  async #look(): Promise<void> {
    await this.#keepWork()
    if (performance.now() - this.#forgotAt >= this.#timing.forgetMs) await this.#forget()
    if (performance.now() >= this.#pausedUntil) await this.#incoming.look(this.#stopping.signal)
  }

  /** Whether the server still has its place there, and what dead nodes have left. */
  async #keepWork(): Promise<void> {
    const { isAlone } = this.#deps
    const { beatMs, silentMs } = this.#timing
    if (!this.#isOpen) {
      await makeFolders(this.#folders)
      await this.#work.open()
      this.#isOpen = true
    } else if (performance.now() - this.#beatAt < beatMs) return
    else await this.#work.beat()
    const isFirst = this.#beatAt === 0
    this.#beatAt = performance.now()
    if (isAlone && !isFirst) return
    for (const item of await this.#work.takeOver(isAlone ? 0 : silentMs)) {
      this.#putOff.push({ item, looked: undefined, failures: 0, notBefore: 0 })
    }
  }

  #dispatch(): void {
    while (this.#underWay.size < AT_ONCE_MAX) {
      const next = this.#next()
      if (next === undefined) return
      const work = next()
        .catch((error) => this.#log.error({ err: error }, 'hot folder: a fault of ours'))
        .finally(() => {
          this.#underWay.delete(work)
          this.#dispatch()
        })
      this.#underWay.add(work)
    }
  }

  /** What was taken comes before what is to be taken. */
  #next(): (() => Promise<void>) | undefined {
    const now = performance.now()
    if (this.#stopping.signal.aborted || now < this.#pausedUntil) return undefined
    const due = this.#putOff.find(({ notBefore }) => notBefore <= now)
    if (due !== undefined) {
      this.#putOff = this.#putOff.filter((taken) => taken !== due)
      return () => this.#process(due)
    }
    if (this.#putOff.length >= PUT_OFF_MAX) return undefined
    const file = this.#incoming.next()
    return file && (() => this.#take(file))
  }

  async #take(file: IncomingFile): Promise<void> {
    const { name, looked } = file
    const item = await this.#work.claim(file, name).catch((error) => {
      this.#incoming.tellOnce(name, { err: error }, 'hot folder: a file cannot be taken')
    })
    if (item) await this.#process({ item, looked, failures: 0, notBefore: 0 })
  }

  async #process(taken: Taken): Promise<void> {
    const { item } = taken
    try {
      if (await this.#hasChanged(taken)) return
      const outcome = await processItem(this.#deps, this.#place, item)
      this.#pauses = 0
      const told = { name: item.name, requestId: item.id }
      if ('sealed' in outcome) this.#log.info({ ...told, ...outcome }, 'hot folder: sealed')
      else {
        const { failed, because } = outcome
        this.#log.warn({ ...told, failed, code: because.code }, 'hot folder: not sealed')
      }
    } catch (error) {
      await this.#failed(taken, error)
      return
    }
    await this.#clear(item)
  }

  /** Its writer may have gone on after all: then it is waited for once more. */
  async #hasChanged(taken: Taken): Promise<boolean> {
    const { item, looked } = taken
    if (looked === undefined) return false
    const now = await lstat(item.path)
    if (now.size === looked.size && now.mtimeMs === looked.mtimeMs) return false
    const notBefore = performance.now() + this.#timing.quietMs
    this.#putOff.push({ ...taken, looked: now, notBefore })
    return true
  }

  async #failed(taken: Taken, error: unknown): Promise<void> {
    const { item } = taken
    const told = { name: item.name, requestId: item.id, err: error }
    if (!(await this.#work.has(item))) {
      this.#log.warn(told, 'hot folder: another node has taken a file over')
      return
    }
    const failures = taken.failures + 1
    const isOurs = isFault(error)
    if (isOurs && failures >= FAULTS_MAX) {
      this.#log.error(told, 'hot folder: a file met a fault of ours and is set aside')
      const done = await setAside(this.#deps, this.#place, item, FAULT).catch(() => undefined)
      if (done !== undefined) return this.#clear(item)
    }
    this.#log.warn(told, 'hot folder: a file has to wait')
    const isShared = !isOurs && (error instanceof AppError || DISK_FULL.has(codeOf(error)))
    if (isShared) this.#pause()
    const notBefore = isShared ? 0 : performance.now() + this.#pauseMs(taken.failures)
    this.#putOff.push({ ...taken, failures, notBefore })
  }

  /** All files wait. What others under way meet at the same time is the same failure. */
  #pause(): void {
    const now = performance.now()
    if (now < this.#pausedUntil) return
    this.#pausedUntil = now + this.#pauseMs(this.#pauses)
    this.#pauses += 1
  }

  #pauseMs(times: number): number {
    const { firstPauseMs, longestPauseMs } = this.#timing
    return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(times, 16))
  }

  /** Not cleared, it is done again at the next start, and found to be there already. */
  async #clear(item: Item): Promise<void> {
    try {
      if (await this.#work.remove(item)) this.#done.push(item.id)
    } catch (error) {
      this.#log.error({ err: error, name: item.name }, 'hot folder: a file that is done stays')
    }
  }

  /** What is not forgotten now costs room until it is old. */
  async #forget(): Promise<void> {
    const done = this.#done
    this.#done = []
    this.#forgotAt = performance.now()
    if (done.length === 0) return
    try {
      // Not before their files are gone for good: a power cut must not bring them back.
      await this.#work.sync()
      await this.#deps.forget(this.#place.folder.client.id, done)
    } catch (error) {
      this.#log.error({ err: error }, 'hot folder: what is done could not be forgotten')
    }
  }
}

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT'])

/** Something of ours went wrong, with this document or at this moment. */
function isFault(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'internal'
  return error instanceof RangeError || error instanceof TypeError
}

const FAULT = new AppError('internal', 'The server failed on this document; its log says why.')
