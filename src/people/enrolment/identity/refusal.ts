import { AppError } from '../../../errors.ts'

/** A document that is not taken, with what to do about it. */
export function refused(message: string, cause?: unknown): AppError {
  return new AppError('invalid-request', message, { hints: { field: 'document' }, cause })
}

/** The file's own structure does not hold: it was cut, damaged, or made to deceive. */
export function damagedFile(what: string, cause?: unknown): AppError {
  const mend = 'Photograph or scan the document again, or save it anew, and send that file.'
  return refused(`The file is damaged: ${what}. ${mend}`, cause)
}
