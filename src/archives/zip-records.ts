/** What the records of a zip archive say of a file. */
interface ZipFile {
  readonly name: string
  readonly bytes: number
  /** Unix ms. */
  readonly modifiedAt: number
}

const LONG = 0xffffffff
const SHORT = 0xffff
const VERSION = 20
const VERSION_ZIP64 = 45
/** Lengths and checksum follow the content; the name is in UTF-8 (APPNOTE §4.4.4). */
const FLAGS = 0x0808
/** Made on Unix. */
const HOST = 3 << 8
/** A plain file, which its owner may write and all may read. */
const MODE = 0o100644

/** APPNOTE §4.3.7. */
export function encodeLocalHeader(file: ZipFile): Uint8Array {
  const isLong = needsZip64(file.bytes)
  const name = Buffer.from(file.name)
  const extra = Buffer.concat([
    timeField(file.modifiedAt),
    // Where lengths are long, this field says so of those that follow the content.
    ...(isLong ? [zip64Field([0, 0])] : []),
  ])
  const record = Buffer.alloc(30)
  record.writeUInt32LE(0x04034b50, 0)
  record.writeUInt16LE(isLong ? VERSION_ZIP64 : VERSION, 4)
  record.writeUInt16LE(FLAGS, 6)
  record.writeUInt32LE(dosTime(file.modifiedAt), 10)
  record.writeUInt32LE(isLong ? LONG : 0, 18)
  record.writeUInt32LE(isLong ? LONG : 0, 22)
  record.writeUInt16LE(name.length, 26)
  record.writeUInt16LE(extra.length, 28)
  return Buffer.concat([record, name, extra])
}

/** APPNOTE §4.3.9. */
export function encodeDescriptor({ bytes }: ZipFile, crc: number): Uint8Array {
  const isLong = needsZip64(bytes)
  const record = Buffer.alloc(isLong ? 24 : 16)
  record.writeUInt32LE(0x08074b50, 0)
  record.writeUInt32LE(crc, 4)
  if (isLong) {
    record.writeBigUInt64LE(BigInt(bytes), 8)
    record.writeBigUInt64LE(BigInt(bytes), 16)
  } else {
    record.writeUInt32LE(bytes, 8)
    record.writeUInt32LE(bytes, 12)
  }
  return record
}

/** APPNOTE §4.3.12. `offset` is where the local header stands. */
export function encodeDirectoryEntry(
  file: ZipFile,
  { crc, offset }: { readonly crc: number; readonly offset: number },
): Uint8Array {
  const isLong = needsZip64(file.bytes)
  const long = [...(isLong ? [file.bytes, file.bytes] : []), ...(offset >= LONG ? [offset] : [])]
  const name = Buffer.from(file.name)
  const extra = Buffer.concat([
    timeField(file.modifiedAt),
    ...(long.length > 0 ? [zip64Field(long)] : []),
  ])
  const version = long.length > 0 ? VERSION_ZIP64 : VERSION
  const record = Buffer.alloc(46)
  record.writeUInt32LE(0x02014b50, 0)
  record.writeUInt16LE(HOST | version, 4)
  record.writeUInt16LE(version, 6)
  record.writeUInt16LE(FLAGS, 8)
  record.writeUInt32LE(dosTime(file.modifiedAt), 12)
  record.writeUInt32LE(crc, 16)
  record.writeUInt32LE(isLong ? LONG : file.bytes, 20)
  record.writeUInt32LE(isLong ? LONG : file.bytes, 24)
  record.writeUInt16LE(name.length, 28)
  record.writeUInt16LE(extra.length, 30)
  record.writeUInt32LE(MODE * 0x10000, 38)
  record.writeUInt32LE(Math.min(offset, LONG), 42)
  return Buffer.concat([record, name, extra])
}

interface DirectorySize {
  readonly entries: number
  readonly bytes: number
  readonly offset: number
}

/** APPNOTE §4.3.14 to §4.3.16. */
export function encodeEnd({ entries, bytes, offset }: DirectorySize): Uint8Array {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(entries, SHORT), 8)
  end.writeUInt16LE(Math.min(entries, SHORT), 10)
  end.writeUInt32LE(Math.min(bytes, LONG), 12)
  end.writeUInt32LE(Math.min(offset, LONG), 16)
  if (entries < SHORT && bytes < LONG && offset < LONG) return end

  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(BigInt(record.length - 12), 4)
  record.writeUInt16LE(HOST | VERSION_ZIP64, 12)
  record.writeUInt16LE(VERSION_ZIP64, 14)
  record.writeBigUInt64LE(BigInt(entries), 24)
  record.writeBigUInt64LE(BigInt(entries), 32)
  record.writeBigUInt64LE(BigInt(bytes), 40)
  record.writeBigUInt64LE(BigInt(offset), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(offset + bytes), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([record, locator, end])
}

function needsZip64(bytes: number): boolean {
  return bytes >= LONG
}

/** APPNOTE §4.5.3: the lengths and offsets that the fixed fields have no room for, in order. */
function zip64Field(values: readonly number[]): Uint8Array {
  const field = Buffer.alloc(4 + values.length * 8)
  field.writeUInt16LE(0x0001, 0)
  field.writeUInt16LE(values.length * 8, 2)
  for (const [index, value] of values.entries()) {
    field.writeBigUInt64LE(BigInt(value), 4 + index * 8)
  }
  return field
}

/** The time as it is, in UTC (Info-ZIP, extended timestamp); the older field has no time zone. */
function timeField(modifiedAt: number): Uint8Array {
  const field = Buffer.alloc(9)
  field.writeUInt16LE(0x5455, 0)
  field.writeUInt16LE(5, 2)
  field.writeUInt8(1, 4)
  field.writeInt32LE(Math.min(Math.max(Math.floor(modifiedAt / 1000), 0), 0x7fffffff), 5)
  return field
}

/** APPNOTE §4.4.6: date in the upper half, time in the lower, from 1980 to 2107, to two seconds. */
function dosTime(modifiedAt: number): number {
  const at = new Date(Math.min(Math.max(modifiedAt, Date.UTC(1980)), Date.UTC(2108) - 2000))
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  return date * 0x10000 + time
}
