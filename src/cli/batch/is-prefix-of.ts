import { type FileHandle, open } from 'node:fs/promises'

const BLOCK_BYTES = 256 * 1024

/** Whether a file begins with the octets of another and goes on. One that is not there does not. */
export async function isPrefixOf(shorter: string, longer: string): Promise<boolean> {
  const after = await open(longer).catch(() => undefined)
  if (after === undefined) return false
  try {
    const before = await open(shorter)
    try {
      return await beginsWith(before, after)
    } finally {
      await before.close()
    }
  } finally {
    await after.close()
  }
}

async function beginsWith(before: FileHandle, after: FileHandle): Promise<boolean> {
  const [{ size: bytes }, found] = await Promise.all([before.stat(), after.stat()])
  if (!found.isFile() || found.size <= bytes) return false
  const blocks = [Buffer.allocUnsafe(BLOCK_BYTES), Buffer.allocUnsafe(BLOCK_BYTES)] as const
  for (let at = 0; at < bytes; ) {
    const wanted = Math.min(BLOCK_BYTES, bytes - at)
    const [one, other] = await Promise.all([
      before.read(blocks[0], 0, wanted, at),
      after.read(blocks[1], 0, wanted, at),
    ])
    const read = Math.min(one.bytesRead, other.bytesRead)
    if (read === 0 || !blocks[0].subarray(0, read).equals(blocks[1].subarray(0, read))) return false
    at += read
  }
  return true
}
