import type { ApiClient } from '../clients/model.ts'
import { AppError, type ErrorCode } from '../errors.ts'

/** A watched folder: what is put into it is sealed by this client's right. */
export interface HotFolder {
  readonly sealId: string
  readonly client: ApiClient
}

/** A file that was taken for sealing. It lies alone in a folder that has its id for a name. */
export interface Item {
  readonly id: string
  /** As it was in `in`. */
  readonly name: string
  readonly dir: string
  readonly path: string
}

/** Failures that go with the document to `failed`. All others pass, and the document waits for that. */
const DOCUMENTS_FAULTS: ReadonlySet<ErrorCode> = new Set([
  'archive-entry-unsafe',
  'document-too-large',
  'field-already-signed',
  'field-not-found',
  'invalid-request',
  'not-a-pdf',
  'page-out-of-range',
  'pdf-certified-no-changes',
  'pdf-damaged',
  'pdf-encrypted',
])

export function isDocumentsFault(error: unknown): error is AppError {
  return error instanceof AppError && DOCUMENTS_FAULTS.has(error.code)
}

/** How programs call a file that they are still writing. */
const UNFINISHED = /(?:\.(?:part|partial|tmp|filepart|crdownload)|~)$/i

/** Whether a file of `in` is not for us, or not yet. */
export function isIgnored(name: string): boolean {
  return name.startsWith('.') || UNFINISHED.test(name)
}

const NAME_BYTES_MAX = 255
const NUMBERED_MAX = 99

/**
 * Names for a result, the best first: its own, then with ` (2)`, ` (3)` … before the extension, and
 * in the end with its id.
 *
 * @param spareBytes - What will be appended to the name must fit too.
 */
export function* namesFor({ name, id }: Item, spareBytes = 0): Generator<string> {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && bytesOf(name.slice(dot)) <= 32 ? name.slice(dot) : ''
  const stem = name.slice(0, name.length - extension.length)
  const withMark = (mark: string) => {
    const room = NAME_BYTES_MAX - spareBytes - bytesOf(mark + extension)
    return cut(stem, room) + mark + extension
  }
  yield withMark('')
  for (let number = 2; number <= NUMBERED_MAX; number += 1) yield withMark(` (${number})`)
  yield withMark(` (${id})`)
}

/** As many whole characters as fit. */
function cut(text: string, bytesMax: number): string {
  if (bytesOf(text) <= bytesMax) return text
  let kept = ''
  for (const character of text) {
    if (bytesOf(kept + character) > bytesMax) break
    kept += character
  }
  return kept
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}
