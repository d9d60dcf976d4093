import { createHash } from 'node:crypto'
import type { PdfSource } from '../pdf/source.ts'

const CHUNK_BYTES = 1024 * 1024
/** A large file gives way to other requests after this many octets. */
const TURN_BYTES = 16 * CHUNK_BYTES

/** Digest some runs of a file, `[offset, length, offset, length, …]` (ISO 32000-2 §12.8.1). */
export async function digestRuns(
  source: PdfSource,
  runs: readonly number[],
  hash: string,
): Promise<Buffer> {
  const state = createHash(hash)
  let sinceTurn = 0
  for (let i = 0; i + 1 < runs.length; i += 2) {
    const [start = 0, length = 0] = runs.slice(i, i + 2)
    for (let at = start; at < start + length; at += CHUNK_BYTES) {
      const chunk = source.read(at, Math.min(at + CHUNK_BYTES, start + length))
      state.update(chunk)
      sinceTurn += chunk.length
      if (sinceTurn < TURN_BYTES) continue
      sinceTurn = 0
      await new Promise(setImmediate)
    }
  }
  return state.digest()
}
