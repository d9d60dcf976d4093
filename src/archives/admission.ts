import { AppError } from '../errors.ts'
import type { ArchiveLimits, RefusedEntry } from './archive-entry.ts'
import { shownName } from './archive-error.ts'
import { foldName, safeName } from './safe-name.ts'

/** What every kind of archive says of an entry before its octets are read. */
interface Candidate {
  readonly name: string
  readonly declaredBytes?: number
}

/** Who of an archive's entries may come in: by name, by size, by number. */
export class Admission {
  readonly #limits: ArchiveLimits
  readonly #documents = new Set<string>()
  readonly #folders = new Set<string>()
  #entries = 0
  #totalBytes = 0

  constructor(limits: ArchiveLimits) {
    this.#limits = limits
  }

  /** Count an entry of any kind. @throws AppError `invalid-request` when there are too many. */
  count(): void {
    this.#entries += 1
    if (this.#entries <= this.#limits.entriesMax) return
    const { entriesMax } = this.#limits
    throw new AppError(
      'invalid-request',
      `The archive has more than ${entriesMax} entries. Send the rest in another.`,
      { hints: { entriesMax } },
    )
  }

  /** @returns The name to store it under, or why it is refused. */
  admit({ name: given, declaredBytes = 0 }: Candidate): { name: string } | RefusedEntry {
    // `tar -c .` puts it before every name.
    const checked = safeName(given.replace(/^(?:\.\/+)+/, ''))
    if ('reason' in checked) return unsafe(given, `The name is refused because ${checked.reason}.`)
    const { name } = checked
    const { documentBytesMax, totalBytesMax } = this.#limits
    if (declaredBytes > documentBytesMax) return tooLarge(name, documentBytesMax)
    if (this.#totalBytes + declaredBytes > totalBytesMax) return tooMuch(name, totalBytesMax)
    const clash = this.#limits.hasUniqueNames ? this.#clashOf(name) : undefined
    if (clash !== undefined) return unsafe(given, clash)
    this.#totalBytes += declaredBytes
    return { name }
  }

  /** The octets of a document whose length was not declared. @throws AppError `document-too-large`. */
  async *measured(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { documentBytesMax, totalBytesMax } = this.#limits
    let bytes = 0
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > documentBytesMax) throw tooLarge(name, documentBytesMax).problem
      if (this.#totalBytes + bytes > totalBytesMax) throw tooMuch(name, totalBytesMax).problem
      yield chunk
    }
    this.#totalBytes += bytes
  }

  /** Why a name cannot stand beside those before it. Otherwise it is remembered. */
  #clashOf(name: string): string | undefined {
    const folded = foldName(name)
    const folders = foldersOf(folded)
    if (this.#documents.has(folded)) {
      return 'Another document of the archive has this name, or one that differs only by case.'
    }
    if (this.#folders.has(folded) || folders.some((folder) => this.#documents.has(folder))) {
      return 'The archive has this name, or a part of it, both as a document and as a folder.'
    }
    this.#documents.add(folded)
    for (const folder of folders) this.#folders.add(folder)
    return undefined
  }
}

/** An entry that is refused for what it is. */
export function unsafe(name: string, detail: string): RefusedEntry {
  return { name: shownName(name), problem: new AppError('archive-entry-unsafe', detail) }
}

function tooLarge(name: string, maxBytes: number): RefusedEntry {
  const detail = `The document is larger than ${maxBytes} bytes.`
  return { name, problem: new AppError('document-too-large', detail, { hints: { maxBytes } }) }
}

function tooMuch(name: string, maxBytes: number): RefusedEntry {
  const detail = `With this document, the archive unpacked is larger than ${maxBytes} bytes.`
  return { name, problem: new AppError('document-too-large', detail, { hints: { maxBytes } }) }
}

/** `a/b/c` lies in `a` and `a/b`. */
function foldersOf(name: string): string[] {
  const folders: string[] = []
  for (let end = name.indexOf('/'); end !== -1; end = name.indexOf('/', end + 1)) {
    folders.push(name.slice(0, end))
  }
  return folders
}

/** What the systems of a maker put beside documents, and nobody means to send. */
export function isSystemLitter(name: string): boolean {
  return /(?:^|\/)(?:__MACOSX\/.*|\.DS_Store)$/s.test(name)
}
