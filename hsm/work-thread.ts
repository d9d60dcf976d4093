import { Worker } from 'node:worker_threads'
import { GuardError } from './errors.ts'
import { Pkcs11Failure } from './return-values.ts'
import type { ThreadFailure, ThreadMessage, ThreadReply, ThreadRequest } from './session-thread.ts'
import type { WorkName, WorkRequest, WorkResult } from './work.ts'

interface Outstanding {
  readonly name: WorkName
  readonly deadlineMs: number
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

export interface Task<Name extends WorkName> {
  /** Empty for work that needs none. */
  readonly session: Uint8Array
  readonly request: WorkRequest<Name>
  /**
   * Counted from the moment the thread turns to this piece. A native call can be neither cancelled
   * nor outlived, so past it the whole process is given up (`onStuck`).
   */
  readonly deadlineMs: number
  /** Handed over with the request and not copied; of no use here afterwards. */
  readonly transfer?: ArrayBuffer[]
}

/** What cannot be mended from within: a native call that does not return, a thread that died. */
export type OnStuck = (reason: string) => void

/**
 * The main thread's end of a `session-thread`. Work is done in the order it is given; a second
 * piece may wait behind the first so that the thread never idles between the two.
 */
export class WorkThread {
  /** Resolves when the thread has started, which takes long on a busy machine. */
  readonly whenReady: Promise<void>
  readonly #worker: Worker
  readonly #onStuck: OnStuck
  readonly #outstanding: Outstanding[] = []
  #watch: NodeJS.Timeout | undefined
  #isClosing = false

  constructor({ modulePath, onStuck }: { modulePath: string; onStuck: OnStuck }) {
    this.#onStuck = onStuck
    this.#worker = new Worker(new URL('./session-thread.js', import.meta.url), {
      workerData: { modulePath },
    })
    this.whenReady = new Promise((resolve) => {
      this.#worker.on('message', (message: ThreadMessage) => {
        if (message === 'ready') resolve()
        else this.#settle(message)
      })
    })
    this.#worker.on('error', (error) => onStuck(`A session thread failed: ${String(error)}`))
    this.#worker.on('exit', () => {
      if (!this.#isClosing) onStuck('A session thread ended by itself')
    })
  }

  /** @throws Pkcs11Failure, GuardError */
  run<Name extends WorkName>(name: Name, task: Task<Name>): Promise<WorkResult<Name>> {
    const { session, request, deadlineMs, transfer = [] } = task
    return new Promise((resolve, reject) => {
      // The thread answers with what the table of work says; the type was lost on the way.
      const settle = (result: unknown) => resolve(result as WorkResult<Name>)
      this.#outstanding.push({ name, deadlineMs, resolve: settle, reject })
      const message: ThreadRequest = { name, session, request }
      this.#worker.postMessage(message, transfer)
      if (this.#outstanding.length === 1) this.#watchHead()
    })
  }

  async close(): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#watch)
    await this.#worker.terminate()
  }

  #settle(reply: ThreadReply): void {
    const head = this.#outstanding.shift()
    if (head === undefined) return
    this.#watchHead()
    if (reply.ok) head.resolve(reply.result)
    else head.reject(toError(reply.failure))
  }

  #watchHead(): void {
    clearTimeout(this.#watch)
    const [head] = this.#outstanding
    if (head === undefined) return
    const { name, deadlineMs } = head
    this.#watch = setTimeout(() => {
      this.#onStuck(`${name} has not returned within ${deadlineMs} ms`)
    }, deadlineMs)
  }
}

function toError(failure: ThreadFailure): Error {
  if (failure.kind === 'pkcs11') return new Pkcs11Failure(failure)
  if (failure.kind === 'guard') return new GuardError(failure.code, failure.message)
  return new TypeError(failure.message)
}
