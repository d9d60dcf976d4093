import { createHash, type Hash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const CHUNK_BYTES = 1 << 20

/** What says that a file system, or the owner of the file, has no hard links for us. */
const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'])

/**
 * Let a finished file appear under a name at one blow, unless the name is taken. The file itself may
 * stay where it was or be gone then.
 *
 * @returns Whether it is there now. So it is when it was before: a delivery that was cut short is
 *   found again by its content.
 */
export async function deliverFile(file: string, target: string): Promise<boolean> {
  try {
    await link(file, target)
    return true
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') return isSame(file, target)
    if (!NO_LINKS.has(code)) throw error
  }
  // Without links nothing is both exclusive and at one blow; but nobody else writes here.
  if ((await lstatIfThere(target)) !== undefined) return isSame(file, target)
  try {
    await rename(file, target)
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error
    await copyAcross(file, target)
  }
  return true
}

/** A regular file and nothing else, not through a link, and without waiting for the end of a pipe. */
export async function openRegular(path: string): Promise<FileHandle | undefined> {
  if (!(await lstat(path)).isFile()) return undefined
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  return undefined
}

/**
 * Write a new file: the first octets of another, and something behind them.
 *
 * @returns The digest of what was written, once it would survive a power cut.
 */
export async function writeJoined(
  path: string,
  head: { readonly handle: FileHandle; readonly length: number },
  tail: Uint8Array,
): Promise<Buffer> {
  const hash = createHash('sha256')
  const written = await open(path, 'wx')
  try {
    for await (const chunk of readChunks(head.handle, head.length)) {
      hash.update(chunk)
      await written.appendFile(chunk)
    }
    hash.update(tail)
    await written.appendFile(tail)
    await written.sync()
  } finally {
    await written.close()
  }
  return hash.digest()
}

async function* readChunks(handle: FileHandle, length: number): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < length; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, length - position))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Onto another file system: under a hidden name first. */
async function copyAcross(file: string, target: string): Promise<void> {
  const handle = await openRegular(file)
  if (handle === undefined) throw new RangeError(`${file} is no regular file and stays where it is`)
  const hidden = join(dirname(target), `.${createHash('sha256').update(file).digest('hex')}.part`)
  try {
    await rm(hidden, { force: true })
    const { size } = await handle.stat()
    await writeJoined(hidden, { handle, length: size }, new Uint8Array())
    await rename(hidden, target)
  } finally {
    await handle.close()
  }
}

async function isSame(file: string, target: string): Promise<boolean> {
  const [ours, theirs] = [await lstat(file), await lstatIfThere(target)]
  if (theirs === undefined) return false
  if (ours.ino === theirs.ino && ours.dev === theirs.dev) return true
  if (!ours.isFile() || !theirs.isFile() || ours.size !== theirs.size) return false
  return (await digestOf(file)).equals(await digestOf(target))
}

async function digestOf(path: string): Promise<Buffer> {
  const hash: Hash = createHash('sha256')
  const handle = await openRegular(path)
  if (handle === undefined) return hash.digest()
  try {
    const { size } = await handle.stat()
    for await (const chunk of readChunks(handle, size)) hash.update(chunk)
    return hash.digest()
  } finally {
    await handle.close()
  }
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
}

/** The system's word for a failure. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
