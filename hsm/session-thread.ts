/**
 * The thread of one session: takes work, does it to the end, answers. The library's state belongs
 * to the whole process; the main thread sees to it that nobody initialises it under another.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { GuardError, type GuardErrorCode } from './errors.ts'
import { Pkcs11Module } from './module.ts'
import { asPkcs11Failure, Pkcs11Failure } from './return-values.ts'
import type { TokenContext } from './token-work.ts'
import { WORK, type WorkName } from './work.ts'

export interface ThreadRequest {
  readonly name: WorkName
  readonly session: Uint8Array
  readonly request: unknown
}

/** Errors lose their class on the way between threads; what the main thread needs is told. */
export type ThreadReply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly failure: ThreadFailure }
/** `ready` is said once, without being asked. */
export type ThreadMessage = ThreadReply | 'ready'
export type ThreadFailure =
  | { readonly kind: 'pkcs11'; returnValue: string; value: number; method: string }
  | { readonly kind: 'guard'; code: GuardErrorCode; message: string }
  | { readonly kind: 'bug'; message: string }

if (parentPort === null) throw new TypeError('session-thread.ts is the body of a worker thread')
const port = parentPort
const { modulePath } = workerData
let loaded: Pkcs11Module | undefined

port.on('message', ({ name, session, request }: ThreadRequest) => {
  const reply = answer(() => {
    loaded ??= new Pkcs11Module(modulePath)
    return run(name)({ module: loaded, library: loaded.library, session }, request)
  })
  port.postMessage(reply, reply.ok && HANDED_OVER.has(name) ? ownBuffer(reply.result) : [])
})

/** Their results are large, or no copy of them may stay. */
const HANDED_OVER: ReadonlySet<WorkName> = new Set(['sign', 'wrapSecret', 'unwrapSecret'])

const ready: ThreadMessage = 'ready'
port.postMessage(ready)

/** The main thread calls by the same table (`WorkRequest`), so the request is of the right shape. */
function run(name: WorkName): (context: TokenContext, request: unknown) => unknown {
  return WORK[name] as (context: TokenContext, request: unknown) => unknown
}

/** A buffer that is handed over is not copied. */
function ownBuffer(result: unknown): ArrayBuffer[] {
  return result instanceof Uint8Array && result.buffer instanceof ArrayBuffer ? [result.buffer] : []
}

function answer(use: () => unknown): ThreadReply {
  try {
    return { ok: true, result: use() }
  } catch (error) {
    return { ok: false, failure: describeFailure(asPkcs11Failure(error)) }
  }
}

function describeFailure(error: unknown): ThreadFailure {
  if (error instanceof Pkcs11Failure) {
    const { returnValue, value, method } = error
    return { kind: 'pkcs11', returnValue, value, method }
  }
  if (error instanceof GuardError) {
    return { kind: 'guard', code: error.code, message: error.message }
  }
  return {
    kind: 'bug',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }
}
