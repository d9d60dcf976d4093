import { AppError, type ErrorCode, type ErrorHints } from '../errors.ts'

/** A failure as it is kept: what a client may be told of a document or of a whole batch. */
export interface Problem {
  readonly code: ErrorCode
  readonly message: string
  readonly hints: ErrorHints
}

/** @returns Undefined for what nobody outside may be told. */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof AppError)) return undefined
  return { code: error.code, message: error.message, hints: error.hints }
}

export function toAppError({ code, message, hints }: Problem): AppError {
  return new AppError(code, message, { hints })
}
