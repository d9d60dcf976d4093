import { type FileHandle, open } from 'node:fs/promises'
import type { Entry } from 'yauzl'
import { AppError } from '../errors.ts'
import { Admission, isSystemLitter, unsafe } from './admission.ts'
import type { ArchiveEntry, ArchiveLimits } from './archive-entry.ts'
import { brokenArchive } from './archive-error.ts'
import { memberContent } from './zip-content.ts'
import { zipEntries } from './zip-directory.ts'
import { Misplaced, readMember } from './zip-entry.ts'

const MISPLACED = 'It lies within another entry of the archive, or beyond its end.'

/**
 * The documents of a zip archive in a file, in the order of its directory. Folders are passed over.
 * A document that is damaged fails by itself, when its octets are taken.
 *
 * @throws AppError `invalid-request` where the directory breaks off or is damaged, after the entries
 *   before that place.
 */
export async function* readZip(
  path: string,
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const file = await open(path)
  let entries = 0
  try {
    const misplaced = await findMisplaced(file, limits.entriesMax)
    const admission = new Admission(limits)
    for await (const entry of zipEntries(file)) {
      admission.count()
      const found = toArchiveEntry(file, entry, admission, misplaced.has(entries))
      if (found !== undefined) yield found
      entries += 1
    }
  } catch (error) {
    throw zipError(error, entries)
  } finally {
    await file.close()
  }
}

/** A directory that is damaged is gone through as far as it goes; the second time, that is said. */
async function findMisplaced(file: FileHandle, entriesMax: number): Promise<ReadonlySet<number>> {
  const { size } = await file.stat()
  const misplaced = new Misplaced(size)
  let left = entriesMax
  try {
    for await (const entry of zipEntries(file)) {
      if (left === 0) break
      left -= 1
      misplaced.add(entry)
    }
  } catch (error) {
    if (hasCode(error)) throw error
  }
  return misplaced.find()
}

/** @returns Undefined for what is passed over. */
function toArchiveEntry(
  file: FileHandle,
  entry: Entry,
  admission: Admission,
  isMisplaced: boolean,
): ArchiveEntry | undefined {
  const read = readMember(entry)
  if (read.kind === 'folder') return undefined
  if (read.kind === 'refused') return unsafe(read.name, read.reason)
  const { member } = read
  if (isSystemLitter(member.name)) return undefined
  if (isMisplaced) return unsafe(member.name, MISPLACED)
  const admitted = admission.admit({ name: member.name, declaredBytes: member.bytes })
  if ('problem' in admitted) return admitted
  const { name } = admitted
  return { name, declaredBytes: member.bytes, chunks: memberContent(file, member) }
}

function zipError(error: unknown, entries: number): unknown {
  const isOurs = error instanceof AppError || !(error instanceof Error) || hasCode(error)
  return isOurs ? error : brokenArchive(error.message, { entries }, error)
}

/** What the system says has a code; what yauzl says of the archive has none. */
function hasCode(error: unknown): boolean {
  return error instanceof Error && 'code' in error
}
