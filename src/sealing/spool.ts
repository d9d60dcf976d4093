import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import { fileSource, type PdfSource } from '../pdf/source.ts'

/** Where documents too large for memory lie while they are worked on. */
export interface Spool {
  /**
   * Write a stream to a file of its own.
   *
   * @throws AppError `document-too-large` once more than `maxBytes` have come, `storage-full`,
   *   `invalid-request` when the stream breaks off. Nothing stays behind.
   */
  receive(
    chunks: AsyncIterable<Uint8Array>,
    limits: { readonly maxBytes: number },
  ): Promise<SpooledDocument>
}

interface SpooledDocument {
  readonly source: PdfSource
  readonly path: string
  /** Close and remove the file. Harmless when called again. */
  release(): Promise<void>
}

/** A spool in a folder; what an earlier run left there is removed. */
export async function openSpool(dir: string): Promise<Spool> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const left of await readdir(dir)) await rm(join(dir, left), { force: true })
  return { receive: (chunks, limits) => receive(join(dir, randomUUID()), chunks, limits.maxBytes) }
}

async function receive(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<SpooledDocument> {
  const file = await open(path, 'wx+', 0o600)
  let isReleased = false
  const release = async () => {
    if (isReleased) return
    isReleased = true
    await file.close()
    await rm(path, { force: true })
  }
  try {
    let length = 0
    for await (const chunk of chunks) {
      length += chunk.length
      if (length > maxBytes) {
        throw new AppError('document-too-large', `The document is larger than ${maxBytes} bytes.`, {
          hints: { maxBytes },
        })
      }
      // `write` may stop in the middle of a chunk when the disk is full.
      await file.appendFile(chunk)
    }
    return { source: fileSource(file.fd, length), path, release }
  } catch (error) {
    await release()
    throw spoolError(error)
  }
}

function spoolError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('storage-full', 'The server has no room left for this document.', {
      cause: error,
    })
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new AppError(
      'invalid-request',
      'The connection ended before the whole document arrived.',
    )
  }
  return error
}
