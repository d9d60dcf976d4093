import type { ArchiveEntry } from '../archives/archive-entry.ts'
import { safeName } from '../archives/safe-name.ts'
import type { ApiClient } from '../clients/model.ts'
import { AppError } from '../errors.ts'
import type { BatchesDeps } from './deps.ts'
import { type ArchiveReport, nameTaken, requireFreeName, takeArchive } from './intake.ts'
import type { GetOwnBatch } from './own-batch.ts'
import { makeRegister, notOpen } from './register.ts'

/** As much as one document may have, in all its forms. */
const DOCUMENT_BYTES_MAX = 1024 ** 3

/** Takes the documents of open batches in. */
export function makeUploading({ db, files }: BatchesDeps, get: GetOwnBatch) {
  const register = makeRegister(db)

  /**
   * Store one document in an open batch.
   *
   * @returns Whether it is new: the same name with the same octets again changes nothing.
   * @throws AppError `document-exists` when the name has other octets, `batch-not-open`,
   *   `archive-entry-unsafe`, `document-too-large`, `storage-full`.
   */
  async function put(
    client: ApiClient,
    id: string,
    document: { readonly name: string; readonly chunks: AsyncIterable<Uint8Array> },
  ): Promise<{ isNew: boolean; name: string; bytes: number; sha256: string }> {
    const { state } = await get(client, id)
    if (state !== 'open') throw notOpen()
    const name = requireName(document.name)
    const stored = await files.put(id, document.chunks, { maxBytes: DOCUMENT_BYTES_MAX })
    const discard = () => files.discard(id, stored.extent)
    const [registration] = await register(id, [{ name, stored }]).catch(async (error) => {
      await discard()
      throw error
    })
    if (registration !== 'new') await discard()
    if (registration === 'taken') throw nameTaken(name)
    const { extent, sha256 } = stored
    return { isNew: registration === 'new', name, bytes: extent.length, sha256 }
  }

  /** Store the documents of an archive in an open batch (`takeArchive`). */
  async function putArchive(
    client: ApiClient,
    id: string,
    entries: AsyncIterable<ArchiveEntry>,
  ): Promise<ArchiveReport> {
    const { state } = await get(client, id)
    if (state !== 'open') throw notOpen()
    const into = { batchId: id, documentBytesMax: DOCUMENT_BYTES_MAX }
    return takeArchive({ files, register }, into, entries)
  }

  return { put, putArchive }
}

function requireName(given: string): string {
  const checked = safeName(given)
  if ('name' in checked) return requireFreeName(checked.name)
  throw new AppError(
    'archive-entry-unsafe',
    `The name is refused because ${checked.reason}. Use letters, digits, hyphens and “/”.`,
    { hints: { field: 'name' } },
  )
}
