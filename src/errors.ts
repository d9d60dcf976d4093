/** The stable slugs of `/problems/<slug>` (docs/API.md). A client program may depend on each. */
export type ErrorCode =
  | 'archive-entry-unsafe'
  | 'batch-not-open'
  | 'certificate-expired'
  | 'certificate-revoked'
  | 'delegation-expired'
  | 'delegation-required'
  | 'document-exists'
  | 'document-too-large'
  | 'field-already-signed'
  | 'field-not-found'
  | 'first-run-unfinished'
  | 'hsm-unavailable'
  | 'idempotency-conflict'
  | 'internal'
  | 'invalid-request'
  | 'not-a-pdf'
  | 'not-authorised'
  | 'not-found'
  | 'not-sealed-yet'
  | 'page-out-of-range'
  | 'pdf-certified-no-changes'
  | 'pdf-damaged'
  | 'pdf-encrypted'
  | 'quota-exceeded'
  | 'range-not-satisfiable'
  | 'seal-not-found'
  | 'seal-suspended'
  | 'storage-full'
  | 'timestamp-unavailable'
  | 'too-many-requests'
  | 'unauthenticated'

/** What helps the client to mend: `field`, `sealId`, `retryAfterSeconds`, … (RFC 9457 §3.2). */
export type ErrorHints = Readonly<Record<string, string | number | boolean>>

/**
 * A failure that a client may be told. The message is written for the person or program outside:
 * it names the cause and the mend, and nothing internal.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly hints: ErrorHints

  constructor(
    code: ErrorCode,
    message: string,
    options: { hints?: ErrorHints; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.hints = options.hints ?? {}
  }
}
