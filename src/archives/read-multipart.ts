import { AppError } from '../errors.ts'
import { Admission, unsafe } from './admission.ts'
import type { ArchiveEntry, ArchiveLimits } from './archive-entry.ts'
import { brokenArchive, isBrokenStream } from './archive-error.ts'
import { Delimited } from './delimited.ts'
import { boundaryOf, type PartHead, parsePartHead } from './form-head.ts'

const HEAD_BYTES_MAX = 16 * 1024
const CRLF = Buffer.from('\r\n')
const BROKEN_OFF = 'it breaks off before its closing boundary'
const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * The files of a form (`multipart/form-data`, RFC 7578) as they come, each under its file name. A
 * field that holds no file is refused by itself.
 *
 * @throws AppError `invalid-request` where the form breaks off or is damaged, after the files that
 *   were whole; also from the octets of the file that breaks off.
 */
export async function* readMultipart(
  chunks: AsyncIterable<Uint8Array>,
  contentType: string,
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) {
    throw new AppError(
      'invalid-request',
      'A form needs `Content-Type: multipart/form-data` with its boundary.',
      { hints: { field: 'Content-Type' } },
    )
  }
  const reader = new FormReader(chunks, Buffer.from(`\r\n--${boundary}`), limits)
  try {
    yield* reader.entries()
  } finally {
    await reader.close()
  }
}

class FormReader {
  readonly #input: Delimited
  readonly #delimiter: Buffer
  readonly #admission: Admission
  #isPartOver = false
  #whole = 0
  #name: string | undefined

  constructor(chunks: AsyncIterable<Uint8Array>, delimiter: Buffer, limits: ArchiveLimits) {
    this.#input = new Delimited(chunks)
    this.#delimiter = delimiter
    this.#admission = new Admission(limits)
    // The first delimiter may stand at the very start; what stands before it is passed over.
    this.#input.unread(CRLF)
  }

  async *entries(): AsyncGenerator<ArchiveEntry, void, undefined> {
    await this.#guarded(() => this.#finishPart())
    for (;;) {
      const head = await this.#guarded(() => this.#nextHead())
      if (head === undefined) return
      this.#admission.count()
      this.#isPartOver = false
      yield this.#toEntry(head)
      await this.#guarded(() => this.#finishPart())
      this.#whole += 1
    }
  }

  async close(): Promise<void> {
    await this.#input.close()
  }

  async #nextHead(): Promise<PartHead | undefined> {
    const mark = await this.#input.take(2)
    if (Buffer.from(mark).toString('latin1') === '--') {
      await this.#input.drain()
      return undefined
    }
    this.#input.unread(mark)
    const line = await this.#takeHead(CRLF)
    if (/[^ \t]/.test(line)) throw new RangeError('a boundary is followed by something else')
    // A head may be empty: the end of this line and of the next are then its end.
    this.#input.unread(CRLF)
    return parsePartHead(await this.#takeHead(HEAD_END))
  }

  async #takeHead(end: Buffer): Promise<string> {
    const pieces: Uint8Array[] = []
    let length = 0
    for (;;) {
      const piece = await this.#input.before(end)
      if (piece === 'delimiter') return Buffer.concat(pieces).toString()
      if (piece === 'end') throw new RangeError(BROKEN_OFF)
      pieces.push(piece)
      length += piece.length
      if (length > HEAD_BYTES_MAX) throw new RangeError('the head of a part is too long')
    }
  }

  #toEntry({ fileName, fieldName, type = 'text/plain' }: PartHead): ArchiveEntry {
    const given = fileName ?? fieldName ?? ''
    this.#name = given
    // A part that says what it holds is a file even without a file name.
    if (fileName === undefined && type === 'text/plain') {
      return unsafe(given, 'It is a field of the form, not a file.')
    }
    const admitted = this.#admission.admit({ name: given })
    if ('problem' in admitted) return admitted
    const { name } = admitted
    return { name, chunks: this.#admission.measured(name, this.#content(this.#whole)) }
  }

  async *#content(part: number): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (part !== this.#whole) throw new RangeError('the form has gone on to the next part')
      const piece = await this.#guarded(() => this.#nextPiece())
      if (piece === undefined) return
      yield piece
    }
  }

  async #finishPart(): Promise<void> {
    while ((await this.#nextPiece()) !== undefined);
  }

  async #nextPiece(): Promise<Uint8Array | undefined> {
    if (this.#isPartOver) return undefined
    const piece = await this.#input.before(this.#delimiter)
    if (piece === 'end') throw new RangeError(BROKEN_OFF)
    if (piece !== 'delimiter') return piece
    this.#isPartOver = true
    return undefined
  }

  /** What is wrong with the form is told with its place. */
  async #guarded<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      const place = { entries: this.#whole, name: this.#name }
      if (error instanceof RangeError) throw brokenArchive(error.message, place, error)
      if (isBrokenStream(error)) throw brokenArchive('the connection ended', place, error)
      throw error
    }
  }
}
