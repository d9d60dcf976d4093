export const BLOCK_BYTES = 512
const SUM_OF_ZEROS = 8 * 0x20

/** How many octets follow so many, up to the next block. */
export function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES
}

/** One header block of a tar archive (POSIX.1-2017, pax, “ustar Interchange Format”). */
export interface TarHeader {
  /** Prefix and name joined, as bytes: their encoding is not said here. */
  readonly name: Uint8Array
  /** One character; `0` for a plain file, also in the old form. */
  readonly type: string
  readonly size: number
  /** Of a sparse file of old GNU tar: further blocks of its map follow. */
  readonly isExtended: boolean
}

/** @returns The header, or undefined for a block of zeros. @throws RangeError if it is none. */
export function parseTarHeader(block: Uint8Array): TarHeader | undefined {
  const sum = checksumOf(block)
  if (sum === SUM_OF_ZEROS && block.every((octet) => octet === 0)) return undefined
  if (parseNumber(block.subarray(148, 156)) !== sum) throw new RangeError('wrong checksum')
  const type = String.fromCharCode(block[156] ?? 0)
  return {
    name: nameOf(block),
    type: type === '\0' ? '0' : type,
    size: parseNumber(block.subarray(124, 136)),
    isExtended: block[482] !== 0,
  }
}

/** Of all octets, those of the checksum itself counted as spaces. */
export function checksumOf(block: Uint8Array): number {
  let sum = SUM_OF_ZEROS
  for (let at = 0; at < 148; at += 1) sum += block[at] ?? 0
  for (let at = 156; at < BLOCK_BYTES; at += 1) sum += block[at] ?? 0
  return sum
}

function nameOf(block: Uint8Array): Uint8Array {
  const name = untilNul(block.subarray(0, 100))
  // In the form of old GNU tar, times stand where POSIX has the prefix.
  const isPosix = block[262] === 0 && Buffer.from(block.subarray(257, 262)).equals(USTAR)
  const prefix = isPosix ? untilNul(block.subarray(345, 500)) : new Uint8Array()
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name])
}

const USTAR = Buffer.from('ustar')

export function untilNul(field: Uint8Array): Uint8Array {
  const end = field.indexOf(0)
  return end === -1 ? field : field.subarray(0, end)
}

/** Octal digits, or binary with the highest bit set (GNU). @throws RangeError. */
function parseNumber(field: Uint8Array): number {
  const first = field[0] ?? 0
  if (first >= 0x80) return parseBinary(field)
  const text = Buffer.from(field.buffer, field.byteOffset, field.length).toString('latin1')
  const digits = /^ *([0-7]*)[ \0]*$/.exec(text)?.[1]
  if (digits === undefined) throw new RangeError('a field is not a number')
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function parseBinary(field: Uint8Array): number {
  let value = (field[0] ?? 0) - 0x80
  for (const octet of field.subarray(1)) value = value * 256 + octet
  if (!Number.isSafeInteger(value)) throw new RangeError('a field is out of range')
  return value
}
