import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * Run OpenSSL on files of a folder of their own.
 *
 * @param files - Content by name; an argument that is such a name becomes its path.
 * @returns What it printed, on either stream.
 * @throws Error with what it printed when it does not exit with 0.
 */
export async function openssl(
  args: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-openssl-'))
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content)
    const paths = args.map((arg) => (arg in files ? join(dir, arg) : arg))
    const { stdout, stderr } = await promisify(execFile)('openssl', paths)
    return stdout + stderr
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
