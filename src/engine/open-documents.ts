import { bytesSource, fileSource, type PdfSource } from '../pdf/source.ts'
import type { DocumentPlace, FailedOutcome } from './job.ts'
import { FileLost, type OpenFiles } from './open-files.ts'
import type { Slabs } from './slabs.ts'

/** Documents above this are read where they lie, piece by piece. */
const MEMORY_BYTES_MAX = 16 << 20
/** Neighbours are read together up to this. */
const RUN_BYTES_MAX = 8 << 20

/** Documents that can be read until they are released. */
export interface OpenDocuments {
  /** In order; what cannot be read any more is its outcome. */
  readonly sources: readonly (PdfSource | FailedOutcome)[]
  /** Nothing of them is looked at any more. */
  release(): void
}

/**
 * Each document as a source. Those that lie one behind the other in a file are read at once.
 *
 * @throws the system's error when the disk does not answer.
 */
export function openDocuments(
  { files, slabs }: { files: OpenFiles; slabs: Slabs },
  places: readonly DocumentPlace[],
): OpenDocuments {
  const sources: (PdfSource | FailedOutcome)[] = []
  const taken: Buffer[] = []
  const held: string[] = []
  const release = () => {
    for (const slab of taken.splice(0)) slabs.giveBack(slab)
    for (const path of held.splice(0)) files.release(path)
  }

  const hold = ({ path, offset, length }: StoredPlace): PdfSource => {
    const fd = files.hold(path)
    held.push(path)
    return fileSource(fd, length, offset)
  }

  const read = ({ path, offset, length, parts }: Run): PdfSource[] => {
    const slab = slabs.take(length)
    taken.push(slab)
    const bytes = slab.subarray(0, length)
    files.read(path, offset, bytes)
    return parts.map(({ start, end }) => bytesSource(bytes.subarray(start, end)))
  }

  /** A file that ends early costs the documents behind its end, and none before. */
  const readWhatThereIs = (run: Run): (PdfSource | FailedOutcome)[] => {
    const found = orLost(() => read(run))
    if (Array.isArray(found)) return found
    if (run.parts.length === 1) return [found]
    return run.parts.flatMap((part) => readWhatThereIs(runOf(run, part)))
  }

  try {
    for (let i = 0; i < places.length; i += 1) {
      const place = places[i]
      if (place === undefined) continue
      if ('bytes' in place) sources.push(bytesSource(place.bytes))
      else if (place.length > MEMORY_BYTES_MAX) sources.push(orLost(() => hold(place)))
      else {
        const run = runFrom(places, place, i)
        sources.push(...readWhatThereIs(run))
        i += run.parts.length - 1
      }
    }
    return { sources, release }
  } catch (error) {
    release()
    throw error
  }
}

function orLost<T>(read: () => T): T | FailedOutcome {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FileLost)) throw error
    return { ok: false, code: 'internal', message: LOST, hints: {}, stack: error.message }
  }
}

const LOST =
  'The server has lost the original of this document, or a part of it. Upload it again in another batch, and have the disk looked at.'

type StoredPlace = Extract<DocumentPlace, { path: string }>

/** Documents that lie one behind the other in a file; parts are relative to its offset. */
interface Run extends StoredPlace {
  readonly parts: readonly { readonly start: number; readonly end: number }[]
}

function runOf({ path, offset }: Run, { start, end }: Run['parts'][number]): Run {
  const length = end - start
  return { path, offset: offset + start, length, parts: [{ start: 0, end: length }] }
}

/** How far the documents from here on lie without a gap in the same file. */
function runFrom(places: readonly DocumentPlace[], first: StoredPlace, from: number): Run {
  const { path, offset } = first
  const parts: { start: number; end: number }[] = []
  let length = 0
  for (const place of places.slice(from)) {
    if ('bytes' in place || place.path !== path || place.offset !== offset + length) break
    if (parts.length > 0 && length + place.length > RUN_BYTES_MAX) break
    parts.push({ start: length, end: length + place.length })
    length += place.length
  }
  return { path, offset, length, parts }
}
