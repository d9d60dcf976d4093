import type { FileHandle } from 'node:fs/promises'
import type { Extent } from './extent.ts'
import type { OpenFiles } from './open-files.ts'

const CHUNK_BYTES = 256 * 1024

/**
 * The octets of the parts, one behind the other, in pieces of at most 256 KiB. The next is read
 * when it is asked for; no file is held in between.
 *
 * @throws RangeError when a file is shorter than its part says.
 */
export async function* readExtents(
  files: OpenFiles,
  pathOf: (file: string) => string,
  parts: readonly Extent[],
): AsyncGenerator<Uint8Array> {
  for (const { file, offset, length } of parts) {
    const path = pathOf(file)
    const end = offset + length
    for (let from = offset; from < end; from += CHUNK_BYTES) {
      const bytes = Math.min(CHUNK_BYTES, end - from)
      yield await files.use({ path, flags: 'r' }, (handle) => readFully(handle, from, bytes))
    }
  }
}

async function readFully(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled)
    if (bytesRead === 0) throw new RangeError(`${length - filled} octets of a batch are missing`)
    filled += bytesRead
  }
  return bytes
}
