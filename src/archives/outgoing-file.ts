/** A file to go into an archive. */
export interface OutgoingFile {
  /** Safe (`safeName`). */
  readonly name: string
  readonly bytes: number
  /** Unix ms. */
  readonly modifiedAt: number
  /** Asked for only when the file’s turn has come. Exactly `bytes` octets. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** @throws RangeError when a file has other than the octets it was said to have. */
export async function* contentOf(file: OutgoingFile): AsyncGenerator<Uint8Array> {
  let left = file.bytes
  for await (const chunk of file.chunks) {
    left -= chunk.length
    if (left < 0) break
    yield chunk
  }
  if (left !== 0) throw new RangeError(`“${file.name}” does not have ${file.bytes} octets`)
}
