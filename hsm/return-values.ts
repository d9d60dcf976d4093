import pkcs11 from 'pkcs11js'

/** What the guard does when a call on the token fails. */
export type Reaction =
  /** The session is worthless: open another and ask once more. Two in a row reopen the token. */
  | 'new-session'
  /** The object handle is of another time: find the key by its id and ask once more. */
  | 'find-again'
  /** Log in once for everybody, then ask once more. */
  | 'login-again'
  /** A fault that may pass (a lost link, a throttled HSM): wait a little, then reopen. */
  | 'back-off'
  /** Only C_Finalize and C_Initialize help; find the token by its name and log in anew. */
  | 'reopen'
  /** The HSM has fewer sessions or less memory than the pool wants: go on with fewer. */
  | 'shrink-pool'
  /** The PIN is refused. Trying again would lock the token: stop until an operator has been. */
  | 'stop'
  /** The module cannot be used by several threads at all. */
  | 'unusable'
  /** The call was wrong for this key or token: the caller is told, nothing is retried. */
  | 'refuse'

const C = pkcs11

/**
 * One row per return value of PKCS#11 v2.40 §4 that is met in the field, and what it needs.
 * A value that is not here is treated as a fault that may pass: vendors have codes of their own.
 */
const REACTIONS: ReadonlyMap<number, Reaction> = new Map([
  [C.CKR_SESSION_HANDLE_INVALID, 'new-session'],
  [C.CKR_SESSION_CLOSED, 'new-session'],
  // An earlier operation did not end, or ended without us: the session's state is unknown.
  [C.CKR_OPERATION_ACTIVE, 'new-session'],
  [C.CKR_OPERATION_NOT_INITIALIZED, 'new-session'],
  [C.CKR_FUNCTION_CANCELED, 'new-session'],

  [C.CKR_OBJECT_HANDLE_INVALID, 'find-again'],
  [C.CKR_KEY_HANDLE_INVALID, 'find-again'],

  [C.CKR_USER_NOT_LOGGED_IN, 'login-again'],

  [C.CKR_DEVICE_ERROR, 'back-off'],
  [C.CKR_GENERAL_ERROR, 'back-off'],
  [C.CKR_FUNCTION_FAILED, 'back-off'],

  [C.CKR_DEVICE_REMOVED, 'reopen'],
  [C.CKR_TOKEN_NOT_PRESENT, 'reopen'],
  [C.CKR_TOKEN_NOT_RECOGNIZED, 'reopen'],
  [C.CKR_SLOT_ID_INVALID, 'reopen'],
  [C.CKR_CRYPTOKI_NOT_INITIALIZED, 'reopen'],

  [C.CKR_SESSION_COUNT, 'shrink-pool'],
  [C.CKR_HOST_MEMORY, 'shrink-pool'],
  [C.CKR_DEVICE_MEMORY, 'shrink-pool'],

  [C.CKR_PIN_INCORRECT, 'stop'],
  [C.CKR_PIN_INVALID, 'stop'],
  [C.CKR_PIN_LEN_RANGE, 'stop'],
  [C.CKR_PIN_EXPIRED, 'stop'],
  [C.CKR_PIN_LOCKED, 'stop'],
  [C.CKR_USER_PIN_NOT_INITIALIZED, 'stop'],

  [C.CKR_CANT_LOCK, 'unusable'],
  [C.CKR_NEED_TO_CREATE_THREADS, 'unusable'],

  [C.CKR_ARGUMENTS_BAD, 'refuse'],
  [C.CKR_ATTRIBUTE_READ_ONLY, 'refuse'],
  [C.CKR_ATTRIBUTE_SENSITIVE, 'refuse'],
  [C.CKR_ATTRIBUTE_TYPE_INVALID, 'refuse'],
  [C.CKR_ATTRIBUTE_VALUE_INVALID, 'refuse'],
  [C.CKR_BUFFER_TOO_SMALL, 'refuse'],
  [C.CKR_DATA_INVALID, 'refuse'],
  [C.CKR_DATA_LEN_RANGE, 'refuse'],
  [C.CKR_DOMAIN_PARAMS_INVALID, 'refuse'],
  [C.CKR_FUNCTION_NOT_SUPPORTED, 'refuse'],
  [C.CKR_FUNCTION_REJECTED, 'refuse'],
  [C.CKR_KEY_FUNCTION_NOT_PERMITTED, 'refuse'],
  [C.CKR_KEY_SIZE_RANGE, 'refuse'],
  [C.CKR_KEY_TYPE_INCONSISTENT, 'refuse'],
  [C.CKR_MECHANISM_INVALID, 'refuse'],
  [C.CKR_MECHANISM_PARAM_INVALID, 'refuse'],
  [C.CKR_SESSION_READ_ONLY, 'refuse'],
  [C.CKR_TEMPLATE_INCOMPLETE, 'refuse'],
  [C.CKR_TEMPLATE_INCONSISTENT, 'refuse'],
  [C.CKR_TOKEN_WRITE_PROTECTED, 'refuse'],
])

/** A PKCS#11 call that did not return CKR_OK. Plain enough to cross from a thread. */
export class Pkcs11Failure extends Error {
  override readonly name = 'Pkcs11Failure'
  /** `CKR_…`; `CKR_VENDOR_DEFINED` for a value the standard does not know. */
  readonly returnValue: string
  readonly value: number
  /** The function that failed, `C_…`. */
  readonly method: string

  constructor(failure: { returnValue: string; value: number; method: string }) {
    super(`${failure.method} answered ${failure.returnValue} (0x${failure.value.toString(16)})`)
    this.returnValue = failure.returnValue
    this.value = failure.value
    this.method = failure.method
  }

  get reaction(): Reaction {
    return REACTIONS.get(this.value) ?? 'back-off'
  }
}

/** How the binding words a failure of the token, also where it forgets to give it its class. */
const WORDING = /(CKR_\w+):(\d+)/

/** @returns The failure as ours, if it came from the token; anything else as it was. */
export function asPkcs11Failure(error: unknown): unknown {
  if (error instanceof pkcs11.Pkcs11Error) {
    const { message, code, method } = error
    return new Pkcs11Failure({ returnValue: message, value: code, method: method || 'C_?' })
  }
  const [, returnValue, value] = (error instanceof Error && WORDING.exec(error.message)) || []
  if (returnValue === undefined) return error
  return new Pkcs11Failure({ returnValue, value: Number(value), method: 'C_FindObjects' })
}
