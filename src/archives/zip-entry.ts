import { type Entry, getFileNameLowLevel } from 'yauzl'

const STORED = 0
const DEFLATED = 8
const UTF8_FLAG = 0x800
const RATIO_MAX = 200
const RATIO_FROM_BYTES = 1024 * 1024

/** What a zip's directory says of an entry that is no folder. */
export interface ZipMember {
  readonly name: string
  readonly localHeaderOffset: number
  readonly storedBytes: number
  readonly bytes: number
  readonly crc: number
  readonly isDeflated: boolean
}

export type ReadMember =
  | { readonly kind: 'folder' }
  | { readonly kind: 'refused'; readonly name: string; readonly reason: string }
  | { readonly kind: 'member'; readonly member: ZipMember }

/** @returns What the entry is, or why it cannot be taken, judged by the directory alone. */
export function readMember(entry: Entry): ReadMember {
  const { text: name, isUtf8 } = nameOf(entry)
  const unixType = (entry.externalFileAttributes >>> 16) & 0o170000
  const isFolder = name.endsWith('/') || unixType === 0o040000
  if (isFolder) return { kind: 'folder' }
  const { compressedSize: storedBytes, uncompressedSize: bytes, compressionMethod } = entry
  const { relativeOffsetOfLocalHeader: localHeaderOffset } = entry
  const refusals: readonly (readonly [boolean, string])[] = [
    [!isUtf8, 'The name is not in UTF-8.'],
    [unixType === 0o120000, 'It is a symbolic link, not a file.'],
    [unixType !== 0 && unixType !== 0o100000, 'It is a device or a pipe, not a file.'],
    [entry.isEncrypted(), 'It is encrypted. Pack it without a password.'],
    [
      compressionMethod !== STORED && compressionMethod !== DEFLATED,
      `It is compressed by method ${compressionMethod}. Store or deflate it.`,
    ],
    [
      !Number.isSafeInteger(localHeaderOffset + storedBytes) || !Number.isSafeInteger(bytes),
      'Its place or length is out of range.',
    ],
    [compressionMethod === STORED && storedBytes !== bytes, 'Its two lengths differ.'],
    [
      bytes > RATIO_FROM_BYTES && bytes > storedBytes * RATIO_MAX,
      `It unpacks to more than ${RATIO_MAX} times its size.`,
    ],
  ]
  for (const [isBroken, reason] of refusals) if (isBroken) return { kind: 'refused', name, reason }
  return {
    kind: 'member',
    member: {
      name,
      localHeaderOffset,
      storedBytes,
      bytes,
      crc: entry.crc32,
      isDeflated: compressionMethod === DEFLATED,
    },
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The name in UTF-8, where the entry says so or, as those made on a Mac, does not say but has it;
 * otherwise by the field of Info-ZIP, or in the code page 437 of APPNOTE appendix D.
 */
function nameOf(entry: Entry): { text: string; isUtf8: boolean } {
  const { fileNameRaw: raw, generalPurposeBitFlag: flags, extraFields } = entry
  const isStrict = true
  try {
    const text = UTF8.decode(raw)
    const hasField = extraFields.some(({ id }) => id === 0x7075)
    if (!hasField) return { text, isUtf8: true }
  } catch {
    if ((flags & UTF8_FLAG) !== 0) return { text: raw.toString('latin1'), isUtf8: false }
  }
  return { text: getFileNameLowLevel(flags, raw, extraFields, isStrict), isUtf8: true }
}

/**
 * The entries, by their number in the directory, whose octets are also those of an earlier one (a
 * few octets would unpack to any number of documents) or beyond the archive's end.
 */
export class Misplaced {
  readonly #archiveBytes: number
  readonly #offsets: number[] = []
  readonly #ends: number[] = []

  constructor(archiveBytes: number) {
    this.#archiveBytes = archiveBytes
  }

  /** Call once for each entry, in the order of the directory. */
  add({ relativeOffsetOfLocalHeader, compressedSize, fileNameLength }: Entry): void {
    this.#offsets.push(relativeOffsetOfLocalHeader)
    this.#ends.push(relativeOffsetOfLocalHeader + 30 + fileNameLength + compressedSize)
  }

  find(): ReadonlySet<number> {
    const order = Uint32Array.from(this.#offsets.keys())
    order.sort((a, b) => (this.#offsets[a] ?? 0) - (this.#offsets[b] ?? 0) || a - b)
    const found = new Set<number>()
    let free = 0
    for (const index of order) {
      const end = this.#ends[index] ?? 0
      if ((this.#offsets[index] ?? 0) < free || end > this.#archiveBytes) found.add(index)
      else free = end
    }
    return found
  }
}
