import type { ArchiveEntry } from '../archives/archive-entry.ts'
import { foldName } from '../archives/safe-name.ts'
import { AppError } from '../errors.ts'
import type { BatchFiles } from './files/batch-files.ts'
import type { Problem } from './problem.ts'
import type { NewDocument, Register } from './register.ts'

/** What became of the entries of an archive. */
export interface ArchiveReport {
  readonly accepted: number
  readonly rejected: readonly { readonly name: string; readonly problem: Problem }[]
  /** How many were rejected beyond those that are listed. */
  readonly rejectedMore: number
}

/** Documents that are made durable together. */
const GROUP_DOCUMENTS = 256
const GROUP_BYTES = 64 << 20
/** An archive of nothing but rubbish must not fill the memory with its report. */
const REJECTED_MAX = 10_000

/**
 * Store the documents of an archive in a batch, as they come. What is refused is reported, and the
 * rest goes on.
 *
 * @throws AppError when the archive breaks off, `batch-not-open`, `storage-full`; the hint `accepted`
 *   tells how many documents are in the batch all the same.
 */
export async function takeArchive(
  deps: { readonly files: BatchFiles; readonly register: Register },
  into: { readonly batchId: string; readonly documentBytesMax: number },
  entries: AsyncIterable<ArchiveEntry>,
): Promise<ArchiveReport> {
  const { batchId, documentBytesMax } = into
  const writer = deps.files.open(batchId)
  const rejected: { name: string; problem: Problem }[] = []
  let rejectedMore = 0
  let accepted = 0
  let group: NewDocument[] = []
  let bytes = 0

  const reject = (name: string, { code, message, hints }: AppError) => {
    if (rejected.length < REJECTED_MAX) rejected.push({ name, problem: { code, message, hints } })
    else rejectedMore += 1
  }
  const settle = async () => {
    const documents = group
    group = []
    bytes = 0
    if (documents.length === 0) return
    await writer.sync()
    const registrations = await deps.register(batchId, documents)
    for (const [i, { name, stored }] of documents.entries()) {
      if (registrations[i] === 'taken') reject(name, nameTaken(name))
      else accepted += 1
      if (registrations[i] !== 'new') await deps.files.discard(batchId, stored.extent)
    }
  }

  try {
    for await (const entry of entries) {
      if ('problem' in entry) {
        reject(entry.name, entry.problem)
        continue
      }
      try {
        requireFreeName(entry.name)
        const stored = await writer.append(entry.chunks, { maxBytes: documentBytesMax })
        group.push({ name: entry.name, stored })
        bytes += stored.extent.length
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'storage-full') throw error
        // Where it is not the document but the archive that breaks, the next entry says so again.
        reject(entry.name, error)
      }
      if (group.length >= GROUP_DOCUMENTS || bytes >= GROUP_BYTES) await settle()
    }
    await settle()
    return { accepted, rejected, rejectedMore }
  } catch (error) {
    // What came whole before the archive broke off is kept: sent again, it is known.
    await settle()
    if (!(error instanceof AppError)) throw error
    const hints = { ...error.hints, accepted }
    throw new AppError(error.code, error.message, { hints, cause: error })
  }
}

/** The last entry of a batch's archive. */
export const REPORT_NAME = 'report.json'

/** @throws AppError when unpacking the archive would write the report over the document. */
export function requireFreeName(name: string): string {
  if (foldName(name) !== REPORT_NAME) return name
  throw new AppError(
    'archive-entry-unsafe',
    `The name is refused because the report of the batch is “${REPORT_NAME}”. Choose another.`,
    { hints: { field: 'name' } },
  )
}

export function nameTaken(name: string): AppError {
  return new AppError(
    'document-exists',
    `The batch has another document of the name “${name}”. Send this one under a new name.`,
    { hints: { name } },
  )
}
