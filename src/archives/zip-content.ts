import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw } from 'node:zlib'
import { AppError } from '../errors.ts'
import type { ZipMember } from './zip-entry.ts'

const LOCAL_HEADER_BYTES = 30
const LOCAL_HEADER_SIGNATURE = 0x04034b50
const READ_BYTES = 128 * 1024

/**
 * The octets of a member, unpacked, its length and checksum held against the directory.
 *
 * @throws AppError `invalid-request` when they are not what the directory says.
 */
export async function* memberContent(
  file: FileHandle,
  member: ZipMember,
): AsyncGenerator<Uint8Array> {
  const stored = storedOctets(file, member)
  let left = member.bytes
  let crc = 0
  for await (const chunk of member.isDeflated ? inflated(stored, member.bytes) : stored) {
    left -= chunk.length
    if (left < 0) break
    crc = crc32(chunk, crc)
    yield chunk
  }
  if (left !== 0) throw damaged('it does not have the length it is said to have')
  if (crc !== member.crc) throw damaged('its checksum is wrong')
}

async function* storedOctets(
  file: FileHandle,
  { localHeaderOffset, storedBytes }: ZipMember,
): AsyncGenerator<Uint8Array> {
  const header = Buffer.alloc(LOCAL_HEADER_BYTES)
  const { bytesRead } = await file.read(header, 0, header.length, localHeaderOffset)
  if (bytesRead < header.length || header.readUInt32LE() !== LOCAL_HEADER_SIGNATURE) {
    throw damaged('it is not where the directory says')
  }
  let position =
    localHeaderOffset + header.length + header.readUInt16LE(26) + header.readUInt16LE(28)
  const end = position + storedBytes
  while (position < end) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, end - position))
    const read = await file.read(chunk, 0, chunk.length, position)
    if (read.bytesRead === 0) throw damaged('the archive ends before it')
    position += read.bytesRead
    yield chunk.subarray(0, read.bytesRead)
  }
}

async function* inflated(
  stored: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  // Each piece is a journey to another thread and back: a small document makes one.
  const chunkSize = Math.min(Math.max(bytes + 1, 64), READ_BYTES)
  const inflate = createInflateRaw({ chunkSize })
  // Its failure comes out of the loop below too.
  const feeding = pipeline(Readable.from(stored, { highWaterMark: 1 }), inflate).catch(() => {})
  try {
    yield* inflate
  } catch (error) {
    throw isZlibError(error) ? damaged('it cannot be unpacked', error) : error
  } finally {
    inflate.destroy()
    await feeding
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code))
}

function damaged(reason: string, cause?: unknown): AppError {
  return new AppError(
    'invalid-request',
    `The document is damaged in the archive: ${reason}.`,
    cause === undefined ? {} : { cause },
  )
}
