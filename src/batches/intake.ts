import type { ArchiveEntry } from '../archives/archive-entry.ts'
import { AppError } from '../errors.ts'
import type { BatchFiles } from './files/batch-files.ts'
import { type Problem, problemOf } from './problem.ts'
import type { NewDocument, Register } from './register.ts'

/** What became of the entries of an archive. */
export interface ArchiveReport {
  readonly accepted: number
  readonly rejected: readonly { readonly name: string; readonly problem: Problem }[]
}

/** Documents that are made durable together. */
const GROUP_DOCUMENTS = 256
const GROUP_BYTES = 64 << 20

/**
 * Store the documents of an archive in a batch, as they come. What is refused is reported, and the
 * rest goes on.
 *
 * @throws AppError when the archive breaks off (what came before it is in the batch),
 *   `batch-not-open`, `storage-full`.
 */
export async function takeArchive(
  deps: { readonly files: BatchFiles; readonly register: Register },
  into: { readonly batchId: string; readonly documentBytesMax: number },
  entries: AsyncIterable<ArchiveEntry>,
): Promise<ArchiveReport> {
  const { batchId, documentBytesMax } = into
  const writer = deps.files.open(batchId)
  const rejected: { name: string; problem: Problem }[] = []
  let accepted = 0
  let group: NewDocument[] = []
  let bytes = 0

  const reject = (name: string, error: AppError) => {
    rejected.push({
      name,
      problem: { code: error.code, message: error.message, hints: error.hints },
    })
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
        const stored = await writer.append(entry.chunks, { maxBytes: documentBytesMax })
        group.push({ name: entry.name, stored })
        bytes += stored.extent.length
      } catch (error) {
        if (problemOf(error)?.code !== 'document-too-large') throw error
        if (error instanceof AppError) reject(entry.name, error)
      }
      if (group.length >= GROUP_DOCUMENTS || bytes >= GROUP_BYTES) await settle()
    }
  } finally {
    // What came whole before an archive broke off is kept: sent again, it is known.
    await settle()
  }
  return { accepted, rejected }
}

export function nameTaken(name: string): AppError {
  return new AppError(
    'document-exists',
    `The batch has another document of the name “${name}”. Send this one under a new name.`,
    { hints: { name } },
  )
}
