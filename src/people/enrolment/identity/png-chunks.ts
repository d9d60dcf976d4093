import { crc32 } from 'node:zlib'
import { ascii, uint32 } from './octets.ts'
import { damagedFile } from './refusal.ts'

export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

export interface PngChunk {
  /** Four letters (ISO/IEC 15948 §5.3). */
  readonly type: string
  readonly data: Uint8Array
}

/** Scanners write a picture in thousands of small pieces. */
const CHUNKS_MAX = 50_000
const FRAME_BYTES = 12

/**
 * The chunks from the signature to IEND. What lies behind is not looked at.
 *
 * @throws AppError `invalid-request` if one is cut short or its check sum is wrong.
 */
export function chunksOf(bytes: Uint8Array): PngChunk[] {
  const chunks: PngChunk[] = []
  for (let at = PNG_SIGNATURE.length; ; ) {
    const length = uint32(bytes, at)
    const end = at + FRAME_BYTES + length
    if (at + FRAME_BYTES > bytes.length || end > bytes.length) {
      throw damagedFile('it ends before the picture does')
    }
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1')
    if (!/^[A-Za-z]{4}$/.test(type)) throw damagedFile('a part of it has no name')
    if (crc32(bytes.subarray(at + 4, end - 4)) !== uint32(bytes, end - 4)) {
      throw damagedFile(`the check sum of its part ${type} is wrong`)
    }
    chunks.push({ type, data: bytes.subarray(at + 8, end - 4) })
    if (type === 'IEND') return chunks
    if (chunks.length > CHUNKS_MAX) throw damagedFile('it is cut into too many parts')
    at = end
  }
}

/** One chunk with its length and check sum. */
export function encodeChunk({ type, data }: PngChunk): Uint8Array {
  const chunk = Buffer.alloc(FRAME_BYTES + data.length)
  chunk.writeUInt32BE(data.length, 0)
  chunk.set(ascii(type), 4)
  chunk.set(data, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4)
  return chunk
}
