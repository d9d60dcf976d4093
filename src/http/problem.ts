import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AppError, type ErrorCode, type ErrorHints } from '../errors.ts'

const PROBLEMS: Record<ErrorCode, readonly [status: ContentfulStatusCode, title: string]> = {
  'archive-entry-unsafe': [422, 'Archive entry is refused'],
  'batch-not-open': [409, 'Batch is not open'],
  'certificate-expired': [409, 'Certificate has expired'],
  'certificate-revoked': [409, 'Certificate is revoked'],
  'delegation-expired': [403, 'Delegation has ended'],
  'delegation-required': [403, 'A delegation is required'],
  'document-exists': [409, 'Another document of this name exists'],
  'document-too-large': [413, 'Document is too large'],
  'field-already-signed': [409, 'Signature field is already signed'],
  'field-not-found': [422, 'Signature field was not found'],
  'first-run-unfinished': [503, 'First run is not finished'],
  'hsm-unavailable': [503, 'HSM is unavailable'],
  'idempotency-conflict': [409, 'Idempotency key was used for another request'],
  internal: [500, 'Internal error'],
  'invalid-request': [400, 'Request is invalid'],
  'not-a-pdf': [415, 'Not a PDF'],
  'not-authorised': [403, 'Not authorised'],
  'not-found': [404, 'Not found'],
  'not-sealed-yet': [409, 'Not sealed yet'],
  'page-out-of-range': [422, 'Page is out of range'],
  'pdf-certified-no-changes': [422, 'PDF is certified against changes'],
  'pdf-damaged': [422, 'PDF cannot be read'],
  'pdf-encrypted': [422, 'PDF is encrypted'],
  'quota-exceeded': [429, 'Quota is used up'],
  'range-not-satisfiable': [416, 'The range is not within the document'],
  'seal-not-found': [404, 'Seal was not found'],
  'seal-suspended': [409, 'Seal is suspended'],
  'storage-full': [507, 'Storage is full'],
  'timestamp-unavailable': [503, 'Timestamp is unavailable'],
  'too-many-requests': [429, 'Too many requests'],
  unauthenticated: [401, 'Authentication is required'],
}

/** A problem document (RFC 9457 §3). `detail` is there only if it was written for the client. */
export interface Problem extends ErrorHints {
  readonly type: string
  readonly title: string
  readonly status: ContentfulStatusCode
}

/**
 * The only place where a failure becomes a status. A failure that nobody wrote for the client says
 * nothing but that it happened: its message may hold internals.
 */
export function problemFor(error: Error): Problem {
  if (error instanceof AppError) {
    const [status, title] = PROBLEMS[error.code]
    return { ...error.hints, type: `/problems/${error.code}`, title, status, detail: error.message }
  }
  if (error instanceof HTTPException) {
    return { type: 'about:blank', title: 'Request was refused', status: error.status }
  }
  const [status, title] = PROBLEMS.internal
  return { type: '/problems/internal', title, status }
}

/** Every problem type with its status and title, for the OpenAPI description. */
export function listProblems(): { code: string; status: number; title: string }[] {
  return Object.entries(PROBLEMS).map(([code, [status, title]]) => ({ code, status, title }))
}
