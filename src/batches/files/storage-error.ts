import { AppError } from '../../errors.ts'

const BROKEN_STREAM = new Set([
  'ABORT_ERR',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** What a failed write means to the client: `storage-full`, or nothing it may be told. */
export function storageError(error: unknown): unknown {
  const code = codeOf(error)
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new AppError('storage-full', 'The server has no room left for this document.', {
    cause: error,
  })
}

/** What a document that stopped coming means to the client: `invalid-request`. */
export function arrivalError(error: unknown): unknown {
  if (!BROKEN_STREAM.has(String(codeOf(error)))) return error
  return new AppError(
    'invalid-request',
    'The connection ended before the whole document arrived.',
    { cause: error },
  )
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
