/**
 * The thread of one session: takes work, does it to the end, answers. It never initialises or
 * finalises the library, whose state belongs to the whole process.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { GuardError, type GuardErrorCode } from './errors.ts'
import { loadLibrary } from './module.ts'
import { asPkcs11Failure, Pkcs11Failure } from './return-values.ts'
import { SESSION_WORK, type WorkName } from './session-work.ts'

export interface ThreadRequest {
  readonly name: WorkName
  readonly session: Uint8Array
  readonly request: unknown
}

/** Errors lose their class on the way between threads; what the main thread needs is told. */
export type ThreadReply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly failure: ThreadFailure }
export type ThreadFailure =
  | { readonly kind: 'pkcs11'; returnValue: string; value: number; method: string }
  | { readonly kind: 'guard'; code: GuardErrorCode; message: string }
  | { readonly kind: 'bug'; message: string }

if (parentPort === null) throw new TypeError('session-thread.ts is the body of a worker thread')
const port = parentPort
const library = loadLibrary(workerData.modulePath)

port.on('message', ({ name, session, request }: ThreadRequest) => {
  port.postMessage(answer(() => run(name)({ library, session }, request)))
})

/** The main thread calls by the same table (`WorkRequest`), so the request is of the right shape. */
function run(name: WorkName): (context: object, request: unknown) => unknown {
  return SESSION_WORK[name] as (context: object, request: unknown) => unknown
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
