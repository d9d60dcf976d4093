import { AppError } from '../errors.ts'

const BROKEN_STREAM = new Set([
  'ABORT_ERR',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** Where in an archive something went wrong. */
export interface ArchivePlace {
  /** Entries that were whole before it. */
  readonly entries: number
  /** The name of the last of them, or of the one that is broken. */
  readonly name?: string | undefined
}

/** An archive that cannot be read further. What came before it stands. */
export function brokenArchive(reason: string, { entries, name }: ArchivePlace, cause?: unknown) {
  const at = name === undefined ? '' : ` (at “${shownName(name)}”)`
  return new AppError(
    'invalid-request',
    `The archive cannot be read further after ${entries} whole entries${at}: ${reason}.`,
    { hints: { entries }, ...(cause === undefined ? {} : { cause }) },
  )
}

/** Whether a stream failed because the other side went away. */
export function isBrokenStream(error: unknown): boolean {
  return error instanceof Error && 'code' in error && BROKEN_STREAM.has(String(error.code))
}

/** A name as it may stand in a message: without hidden characters, cut when it is very long. */
export function shownName(name: string): string {
  const shown = name.replaceAll(/[\p{Cc}\u2028-\u202E\u2066-\u2069]|\p{Surrogate}/gu, '\uFFFD')
  return shown.length <= 300 ? shown : `${shown.slice(0, 299)}…`
}
