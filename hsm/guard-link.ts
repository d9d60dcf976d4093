import { createConnection, type Socket } from 'node:net'
import { backoffMs } from './backoff.ts'
import { GuardError } from './errors.ts'
import { encodeFrame, makeFrameReader, REPLY_BOUNDS } from './frames.ts'
import type { GuardLog } from './guard-log.ts'
import {
  isSecret,
  PROTOCOL_VERSION,
  parseHeader,
  parseResult,
  type RequestHeader,
  replyHeader,
} from './protocol.ts'

type Without<T, Names extends string> = T extends unknown ? Omit<T, Names> : never
/** A request but for what the link adds. */
export type Question = Without<Exclude<RequestHeader, { type: 'hello' }>, 'id' | 'deadlineMs'>

export interface Reply {
  readonly result: unknown
  readonly payload: Uint8Array
}

interface Asked {
  readonly question: Question
  readonly payload: Uint8Array
  readonly deadlineAt: number
  readonly isAskedOnce: boolean
  readonly timer: NodeJS.Timeout
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: GuardError) => void
}

const RECONNECT = { firstMs: 20, maxMs: 1_000 } as const
/** Once the guard was out of reach for so long, requests are refused at the first failed attempt. */
const PATIENCE_MS = 10_000
/** The guard answers a little before the client stops listening: it knows the reason. */
const HEAD_START_MS = 200
const RETRY_AFTER_SECONDS = 5
const HELLO_ID = 1

/** One connection to the guard, and everything that is asked over it until it is answered. */
export class GuardLink {
  readonly #socketPath: string
  readonly #log: GuardLog | undefined
  readonly #asked = new Map<number, Asked>()
  #socket: Socket | undefined
  #isReady = false
  #isClosed = false
  #lastId = HELLO_ID
  #failedAttempts = 0
  #unreachableSince: number | undefined
  #reconnect: NodeJS.Timeout | undefined

  constructor({ socketPath, log }: { socketPath: string; log: GuardLog | undefined }) {
    this.#socketPath = socketPath
    this.#log = log
  }

  /**
   * @param options.isAskedOnce - Rather know at once that the guard is out of reach than wait.
   * @throws GuardError what the guard answered; `unavailable` if it did not by the deadline.
   */
  ask(
    question: Question,
    options: { payload?: Uint8Array; deadlineMs: number; isAskedOnce?: boolean },
  ): Promise<Reply> {
    const { payload = new Uint8Array(0), deadlineMs, isAskedOnce = false } = options
    if (this.#isClosed) return Promise.reject(unavailable('The connection was closed'))
    return new Promise((resolve, reject) => {
      const id = this.#nextId()
      const timer = setTimeout(() => {
        const seconds = Math.round(deadlineMs / 1000)
        this.#fail(id, unavailable(`The guard did not answer within ${seconds} s`))
      }, deadlineMs)
      const deadlineAt = Date.now() + deadlineMs
      const asked = { question, payload, deadlineAt, isAskedOnce, timer, resolve, reject }
      this.#asked.set(id, asked)
      if (this.#isReady) this.#send(id, asked)
      else this.#connect()
    })
  }

  close(): void {
    this.#isClosed = true
    this.#stopReconnecting()
    this.#socket?.destroy()
    this.#failAll(unavailable('The connection was closed'))
  }

  #connect(): void {
    if (this.#socket !== undefined || this.#reconnect !== undefined || this.#isClosed) return
    const read = makeFrameReader(REPLY_BOUNDS)
    const socket = createConnection(this.#socketPath)
    this.#socket = socket
    let failure: Error | undefined
    socket.on('connect', () => {
      socket.write(encodeFrame({ type: 'hello', id: HELLO_ID, version: PROTOCOL_VERSION }))
    })
    socket.on('data', (bytes: Buffer) => {
      try {
        for (const { header, payload } of read(bytes)) this.#receive(parseHeader(header), payload)
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined)
      }
    })
    socket.on('error', (error) => {
      failure = error
    })
    socket.on('close', () => this.#lost(failure))
  }

  #receive(header: unknown, payload: Uint8Array): void {
    const reply = replyHeader.parse(header)
    if (reply.id <= HELLO_ID) {
      this.#greeted(reply)
      return
    }
    const asked = this.#asked.get(reply.id)
    // Its deadline has passed meanwhile.
    if (asked === undefined) return
    if (!reply.ok) {
      this.#fail(reply.id, toGuardError(reply.error))
      return
    }
    this.#forget(reply.id, asked)
    asked.resolve({ result: reply.result, payload })
  }

  #greeted(reply: ReturnType<typeof replyHeader.parse>): void {
    if (!reply.ok) {
      // The guard ends the connection; what it said is true of every request.
      this.#failAll(toGuardError(reply.error))
      return
    }
    parseResult('hello', reply.result)
    this.#isReady = true
    this.#failedAttempts = 0
    this.#unreachableSince = undefined
    for (const [id, asked] of this.#asked) this.#send(id, asked)
  }

  #send(id: number, { question, payload, deadlineAt }: Asked): void {
    const deadlineMs = Math.max(1, Math.round(deadlineAt - Date.now() - HEAD_START_MS))
    const frame = encodeFrame({ ...question, id, deadlineMs }, payload)
    this.#socket?.write(frame, () => {
      if (isSecret(question.type)) frame.fill(0)
    })
  }

  /** The connection ended, or never was. What is still asked is asked again. */
  #lost(failure: Error | undefined): void {
    const wasReady = this.#isReady
    this.#isReady = false
    this.#socket = undefined
    if (this.#isClosed) return
    const error = unavailable(describe(failure, this.#socketPath))
    const now = Date.now()
    this.#unreachableSince ??= now
    if (now - this.#unreachableSince > PATIENCE_MS) this.#failAll(error)
    for (const [id, { isAskedOnce }] of this.#asked) if (isAskedOnce) this.#fail(id, error)
    if (this.#asked.size === 0) return
    if (wasReady) this.#log?.warn({ askedAgain: this.#asked.size }, 'guard: connection lost')
    const waitMs = backoffMs(this.#failedAttempts++, RECONNECT, Math.random())
    this.#reconnect = setTimeout(() => {
      this.#reconnect = undefined
      this.#connect()
    }, waitMs)
  }

  #fail(id: number, error: GuardError): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    this.#forget(id, asked)
    asked.reject(error)
  }

  #failAll(error: GuardError): void {
    for (const id of [...this.#asked.keys()]) this.#fail(id, error)
  }

  #forget(id: number, { timer }: Asked): void {
    clearTimeout(timer)
    this.#asked.delete(id)
    if (this.#asked.size === 0) this.#stopReconnecting()
  }

  #stopReconnecting(): void {
    clearTimeout(this.#reconnect)
    this.#reconnect = undefined
  }

  #nextId(): number {
    do this.#lastId = this.#lastId >= 0xffff_ffff ? HELLO_ID + 1 : this.#lastId + 1
    while (this.#asked.has(this.#lastId))
    return this.#lastId
  }
}

function toGuardError(body: {
  code: GuardError['code']
  message: string
  retryAfterSeconds?: number | undefined
}): GuardError {
  return new GuardError(body.code, body.message, { retryAfterSeconds: body.retryAfterSeconds })
}

function unavailable(message: string): GuardError {
  return new GuardError('unavailable', message, { retryAfterSeconds: RETRY_AFTER_SECONDS })
}

function describe(failure: Error | undefined, socketPath: string): string {
  if (failure === undefined) return 'The guard ended the connection'
  const code = 'code' in failure ? failure.code : undefined
  if (code === 'EACCES') return `This user may not use the guard's socket ${socketPath}`
  return `No guard answers at ${socketPath} (${failure.message})`
}
