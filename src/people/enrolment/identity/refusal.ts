import { AppError } from '../../../errors.ts'

/** The hint `reason` of a refusal, for a page that has its own words for each. */
type RefusalReason =
  | 'empty'
  | 'too-large'
  | 'heic'
  | 'unknown-kind'
  | 'damaged'
  | 'too-many-points'
  | 'unusual-jpeg'
  | 'pdf-encrypted'
  | 'pdf-active'
  | 'pdf-too-large'

/** A document that is not taken: the message names the cause and what to do about it. */
export function refused(reason: RefusalReason, message: string, cause?: unknown): AppError {
  return new AppError('invalid-request', message, { hints: { field: 'document', reason }, cause })
}

/** The file's own structure does not hold: it was cut, damaged, or made to deceive. */
export function damagedFile(what: string, cause?: unknown): AppError {
  const mend = 'Photograph or scan the document again, or save it anew, and send that file.'
  return refused('damaged', `The file is damaged: ${what}. ${mend}`, cause)
}
