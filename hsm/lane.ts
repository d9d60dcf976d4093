import pkcs11 from 'pkcs11js'
import { Pkcs11Failure } from './return-values.ts'
import type { WorkName, WorkRequest, WorkResult } from './work.ts'
import type { WorkThread } from './work-thread.ts'

export type WorkDeadlines = Readonly<Record<WorkName, number>>

/** @param operationMs - What one signature, or any other short call, may take at the very most. */
export function workDeadlines(operationMs: number): WorkDeadlines {
  return {
    sign: operationMs,
    findKey: operationMs,
    checkLogin: operationMs,
    isInitialized: operationMs,
    openSession: operationMs,
    closeSession: operationMs,
    login: operationMs,
    finalize: operationMs,
    open: 3 * operationMs,
    listKeys: 6 * operationMs,
    destroyKey: 3 * operationMs,
    generateWrappingKey: 3 * operationMs,
    wrapSecret: 3 * operationMs,
    unwrapSecret: operationMs,
    // A large RSA key is a search for primes of random length.
    generateKey: 18 * operationMs,
  }
}

/** Handles that mean nothing any more: closing one might close another lane's new session. */
const GONE: ReadonlySet<number> = new Set([
  pkcs11.CKR_SESSION_HANDLE_INVALID,
  pkcs11.CKR_SESSION_CLOSED,
  pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED,
])
const NO_SESSION = new Uint8Array(0)

/** One session of the token and the thread that uses it. Who has borrowed it has it alone. */
export class Lane {
  readonly #thread: WorkThread
  readonly #deadlines: WorkDeadlines
  #session: Uint8Array | undefined
  /** Still open, but in a state that is not known. */
  #doubtful: Uint8Array | undefined

  constructor(thread: WorkThread, deadlines: WorkDeadlines) {
    this.#thread = thread
    this.#deadlines = deadlines
  }

  /** Resolves when its thread has started. It may be given work before, which then waits. */
  get whenReady(): Promise<void> {
    return this.#thread.whenReady
  }

  get hasSession(): boolean {
    return this.#session !== undefined
  }

  /** After C_Initialize: what was open before is gone. */
  resetSession(session?: Uint8Array): void {
    this.#session = session
    this.#doubtful = undefined
  }

  /** Before the old one is closed: with a token's last session its login would end. */
  async openSession(slot: Uint8Array): Promise<void> {
    if (this.#session !== undefined) return
    this.#session = await this.run('openSession', { slot })
    await this.#closeDoubtful()
  }

  /**
   * A session whose state is in doubt after a failure is not used again.
   *
   * @throws Pkcs11Failure, GuardError
   */
  async run<Name extends WorkName>(
    name: Name,
    request: WorkRequest<Name>,
    transfer: ArrayBuffer[] = [],
  ): Promise<WorkResult<Name>> {
    const session = this.#session ?? NO_SESSION
    const deadlineMs = this.#deadlines[name]
    try {
      return await this.#thread.run(name, { session, request, deadlineMs, transfer })
    } catch (error) {
      if (error instanceof Pkcs11Failure) this.#doubt(error)
      throw error
    }
  }

  close(): Promise<void> {
    return this.#thread.close()
  }

  #doubt({ reaction, value }: Pkcs11Failure): void {
    if (reaction !== 'new-session' && reaction !== 'back-off') return
    if (!GONE.has(value)) this.#doubtful = this.#session
    this.#session = undefined
  }

  async #closeDoubtful(): Promise<void> {
    const session = this.#doubtful
    this.#doubtful = undefined
    if (session === undefined) return
    const task = { session, request: undefined, deadlineMs: this.#deadlines.closeSession }
    // That it cannot be closed changes nothing.
    await this.#thread.run('closeSession', task).catch(() => {})
  }
}
