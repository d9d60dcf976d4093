import { bytesSource, fileSource, type PdfSource } from '../pdf/source.ts'
import type { DocumentPlace } from './job.ts'
import type { OpenFiles } from './open-files.ts'
import type { Slabs } from './slabs.ts'

/** Documents above this are read where they lie, piece by piece. */
const MEMORY_BYTES_MAX = 16 << 20
/** Neighbours are read together up to this. */
const RUN_BYTES_MAX = 8 << 20

/** Documents that can be read until they are released. */
export interface OpenDocuments {
  readonly sources: readonly PdfSource[]
  /** Nothing of them is looked at any more. */
  release(): void
}

/** Each document as a source. Those that lie one behind the other in a file are read at once. */
export function openDocuments(
  { files, slabs }: { files: OpenFiles; slabs: Slabs },
  places: readonly DocumentPlace[],
): OpenDocuments {
  const sources: PdfSource[] = []
  const taken: Buffer[] = []
  const held: string[] = []
  const release = () => {
    for (const slab of taken.splice(0)) slabs.giveBack(slab)
    for (const path of held.splice(0)) files.release(path)
  }

  /** @returns How many places this took. */
  const open = (place: DocumentPlace, i: number): number => {
    if ('bytes' in place) {
      sources.push(bytesSource(place.bytes))
      return 1
    }
    const { path, offset, length } = place
    if (length > MEMORY_BYTES_MAX) {
      const fd = files.hold(path)
      held.push(path)
      sources.push(fileSource(fd, length, offset))
      return 1
    }
    const run = runFrom(places, i)
    const slab = slabs.take(run.length)
    taken.push(slab)
    const bytes = slab.subarray(0, run.length)
    files.read(path, offset, bytes)
    for (const { start, end } of run.parts) sources.push(bytesSource(bytes.subarray(start, end)))
    return run.parts.length
  }

  try {
    for (let i = 0; i < places.length; ) {
      const place = places[i]
      i += place === undefined ? 1 : open(place, i)
    }
    return { sources, release }
  } catch (error) {
    release()
    throw error
  }
}

/** How far the documents from here on lie without a gap in the same file. */
function runFrom(places: readonly DocumentPlace[], from: number) {
  const parts: { start: number; end: number }[] = []
  let length = 0
  const first = places[from]
  for (const place of places.slice(from)) {
    if (first === undefined || 'bytes' in place || 'bytes' in first) break
    if (place.path !== first.path || place.offset !== first.offset + length) break
    if (parts.length > 0 && length + place.length > RUN_BYTES_MAX) break
    parts.push({ start: length, end: length + place.length })
    length += place.length
  }
  return { parts, length }
}
