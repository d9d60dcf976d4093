import type { AppError } from '../errors.ts'
import { Admission, isSystemLitter, unsafe } from './admission.ts'
import type { ArchiveEntry, ArchiveLimits } from './archive-entry.ts'
import { brokenArchive, isBrokenStream, shownName } from './archive-error.ts'
import { Intake } from './intake.ts'
import { parsePax } from './pax.ts'
import { BLOCK_BYTES, paddingOf, parseTarHeader, type TarHeader, untilNul } from './tar-header.ts'

/** Of the headers that carry long names: far more than a name may have. */
const LONG_HEADER_BYTES_MAX = 1024 * 1024
const SPARSE_RECORD = 'GNU.sparse'
const SPARSE = 'It is a sparse file. Pack it without `--sparse`.'

/** What an entry is that is neither document nor folder. */
const KINDS = new Map([
  ['1', 'a hard link'],
  ['2', 'a symbolic link'],
  ['3', 'a device'],
  ['4', 'a device'],
  ['6', 'a named pipe'],
  ['M', 'the continuation of a file of another volume'],
])
/** These have no octets, whatever their size says (as in libarchive). */
const WITHOUT_CONTENT = /^[1-6]$/
/** Folders, GNU’s lists of folders, labels of volumes. */
const WITHOUT_DOCUMENT = /^[5DV]$/

/**
 * The documents of a tar archive, as they come: old, ustar, pax and GNU forms. Folders are passed
 * over.
 *
 * @throws AppError `invalid-request` where the archive breaks off or is damaged, after the entries
 *   that were whole; also from the octets of the document that breaks off.
 */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array>,
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const reader = new TarReader(chunks, limits)
  try {
    yield* reader.entries()
  } finally {
    await reader.close()
  }
}

class TarReader {
  readonly #intake: Intake
  readonly #admission: Admission
  /** What is still to come of the entry under way, and of its padding. */
  #left = 0
  #padding = 0
  #whole = 0
  #name: string | undefined
  /** Pax records for all that follows. */
  readonly #global = new Map<string, Uint8Array>()

  constructor(chunks: AsyncIterable<Uint8Array>, limits: ArchiveLimits) {
    this.#intake = new Intake(chunks)
    this.#admission = new Admission(limits)
  }

  async *entries(): AsyncGenerator<ArchiveEntry, void, undefined> {
    for (;;) {
      const found = await this.#guarded(() => this.#nextEntry())
      if (found === undefined) break
      if (found !== 'nothing') yield found
      await this.#guarded(() => this.#finishEntry())
    }
    await this.#guarded(() => this.#expectEnd())
  }

  async close(): Promise<void> {
    await this.#intake.close()
  }

  async #nextEntry(): Promise<ArchiveEntry | 'nothing' | undefined> {
    const records = new Map(this.#global)
    for (;;) {
      const header = await this.#header()
      if (header === undefined) return undefined
      if (!/^[gxKL]$/.test(header.type)) return await this.#toEntry(header, records)
      const content = await this.#longHeader(header)
      if (header.type === 'L') records.set('path', untilNul(content))
      if (header.type === 'g') keepKnown(content, this.#global)
      if (header.type === 'g' || header.type === 'x') keepKnown(content, records)
    }
  }

  async #header(): Promise<TarHeader | undefined> {
    const block = await this.#intake.upTo(BLOCK_BYTES)
    if (block.length === BLOCK_BYTES) return parseTarHeader(block)
    throw new RangeError('it ends without the mark of its end')
  }

  async #longHeader({ size }: TarHeader): Promise<Uint8Array> {
    if (size > LONG_HEADER_BYTES_MAX) throw new RangeError('a header is too long')
    const content = await this.#intake.upTo(size)
    const isWhole = content.length === size && (await this.#intake.skip(paddingOf(size)))
    if (isWhole) return content
    throw new RangeError('it breaks off in a header')
  }

  async #toEntry(
    header: TarHeader,
    records: ReadonlyMap<string, Uint8Array>,
  ): Promise<ArchiveEntry | 'nothing'> {
    this.#admission.count()
    const { type } = header
    const size = WITHOUT_CONTENT.test(type) ? 0 : sizeOf(header, records)
    const name = decodeName(records.get('path') ?? header.name)
    this.#name = name.text
    this.#left = size
    this.#padding = paddingOf(size)
    if (type === 'S') await this.#skipSparseMap(header)
    if (WITHOUT_DOCUMENT.test(type) || name.text.endsWith('/')) return 'nothing'
    if (isSystemLitter(name.text)) return 'nothing'
    const kind = KINDS.get(type)
    if (kind !== undefined) return unsafe(name.text, `It is ${kind}, not a file.`)
    if (type === 'S' || records.has(SPARSE_RECORD)) return unsafe(name.text, SPARSE)
    if (!/^[07]$/.test(type)) return unsafe(name.text, `It is of a kind “${shownName(type)}”.`)
    if (!name.isUtf8) return unsafe(name.text, 'The name is not in UTF-8.')
    const admitted = this.#admission.admit({ name: name.text, declaredBytes: size })
    if ('problem' in admitted) return admitted
    const entry = this.#whole
    return {
      name: admitted.name,
      declaredBytes: size,
      chunks: this.#content(entry),
      readInto: (target) => this.#readInto(entry, target),
    }
  }

  async *#content(entry: number): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (entry !== this.#whole) throw new RangeError('the archive has gone on to the next entry')
      if (this.#left === 0) return
      const piece = await this.#guarded(() => this.#intake.some(this.#left))
      if (piece === undefined) throw this.#broken('it breaks off in the middle of a document')
      this.#left -= piece.length
      yield piece
    }
  }

  async #readInto(entry: number, target: Uint8Array): Promise<void> {
    if (entry !== this.#whole) throw new RangeError('the archive has gone on to the next entry')
    await this.#guarded(async () => {
      const isWhole = await this.#intake.fill(target)
      if (!isWhole) throw new RangeError('it breaks off in the middle of a document')
    })
    this.#left -= target.length
  }

  async #finishEntry(): Promise<void> {
    const isWhole = await this.#intake.skip(this.#left)
    if (!isWhole) throw new RangeError('it breaks off in the middle of a document')
    this.#left = 0
    if (!(await this.#intake.skip(this.#padding))) throw new RangeError('it breaks off')
    this.#whole += 1
  }

  async #skipSparseMap({ isExtended }: TarHeader): Promise<void> {
    let goesOn = isExtended
    while (goesOn) {
      const block = await this.#intake.upTo(BLOCK_BYTES)
      if (block.length < BLOCK_BYTES) throw new RangeError('it breaks off in a header')
      goesOn = block[504] !== 0
    }
  }

  /** Only zeros may follow the end: two archives one behind the other would lose the second. */
  async #expectEnd(): Promise<void> {
    for (;;) {
      const piece = await this.#intake.some(Number.MAX_SAFE_INTEGER)
      if (piece === undefined) return
      if (piece.some((octet) => octet !== 0)) throw new RangeError('something follows its end')
    }
  }

  /** What is wrong with the archive is told with its place. */
  async #guarded<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      if (error instanceof RangeError) throw this.#broken(error.message, error)
      if (isBrokenStream(error)) throw this.#broken('the connection ended', error)
      throw error
    }
  }

  #broken(reason: string, cause?: unknown): AppError {
    return brokenArchive(reason, { entries: this.#whole, name: this.#name }, cause)
  }
}

function sizeOf(header: TarHeader, records: ReadonlyMap<string, Uint8Array>): number {
  const record = records.get('size')
  if (record === undefined) return header.size
  const text = Buffer.from(record).toString('latin1')
  const size = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(size)) throw new RangeError('a size is out of range')
  return size
}

/** Of the records of a pax header, those that matter here; the others hold no memory. */
function keepKnown(content: Uint8Array, records: Map<string, Uint8Array>): void {
  for (const [key, value] of parsePax(content)) {
    if (key === 'path' || key === 'size') records.set(key, value)
    if (key.startsWith('GNU.sparse.')) records.set(SPARSE_RECORD, value)
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeName(bytes: Uint8Array): { text: string; isUtf8: boolean } {
  try {
    return { text: UTF8.decode(bytes), isUtf8: true }
  } catch {
    return { text: Buffer.from(bytes).toString('latin1'), isUtf8: false }
  }
}
