/** Why the guard could not do what it was asked; the server maps each to a problem or a mend. */
export const GUARD_ERROR_CODES = [
  /** The token, or the guard itself, is out of reach for now: ask again after the given seconds. */
  'unavailable',
  /** The token refused the PIN, or would be locked by another wrong one. Only an operator helps. */
  'pin-refused',
  'key-not-found',
  /** Two private keys share one CKA_ID: signing with either would be a guess. */
  'key-ambiguous',
  /** The key lacks what the appliance demands of one: kind, usage, or how it was born. */
  'key-unusable',
  /** A wrapped secret was changed, or this key did not wrap it. */
  'secret-damaged',
  'invalid-request',
  /** Client and guard speak different versions of the protocol: one of them is older. */
  'version-mismatch',
  'internal',
] as const
export type GuardErrorCode = (typeof GUARD_ERROR_CODES)[number]

/** The one failure that the guard and its client speak of. The message is fit for an operator. */
export class GuardError extends Error {
  override readonly name = 'GuardError'
  readonly code: GuardErrorCode
  /** Set for `unavailable`: when asking again may help. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: GuardErrorCode,
    message: string,
    options: { retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
