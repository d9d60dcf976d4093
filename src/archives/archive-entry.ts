import type { AppError } from '../errors.ts'

/** A document of an archive. Its octets must be taken, or left, before the next entry is asked for. */
export interface ArchiveDocument {
  /** Safe (`safeName`), and no other document of the archive has it. */
  readonly name: string
  /** The length the archive promises, which is checked. Undefined where it promises none. */
  readonly declaredBytes?: number
  readonly chunks: AsyncIterable<Uint8Array>
  /**
   * In place of `chunks`, where the length is promised: all octets into one that is as long, for
   * whoever keeps them in memory anyway.
   */
  readInto?(target: Uint8Array): Promise<void>
}

/** An entry that cannot be taken; those behind it can. */
export interface RefusedEntry {
  /** As it stands in the archive, cut if it is very long. */
  readonly name: string
  readonly problem: AppError
}

export type ArchiveEntry = ArchiveDocument | RefusedEntry

export interface ArchiveLimits {
  /** Of one document. */
  readonly documentBytesMax: number
  /** Of all documents together, unpacked. */
  readonly totalBytesMax: number
  readonly entriesMax: number
  /**
   * Whether names are remembered, and one that comes again is refused. It takes some 100 bytes of
   * memory for each.
   */
  readonly hasUniqueNames: boolean
}
