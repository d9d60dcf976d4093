import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { atEnd } from './leftovers.ts'

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
const LISTENS_WITHIN_MS = 60_000

interface ServerProcess {
  readonly url: string
  stop(): Promise<void>
}

/** `sceau start` on a free port of loopback. @returns Once it listens. */
export async function startServerProcess(
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [MAIN, 'start'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  atEnd(() => child.kill('SIGKILL'))
  const late = setTimeout(() => child.kill('SIGKILL'), LISTENS_WITHIN_MS)
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`the server ended: ${code ?? signal}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
  }).finally(() => clearTimeout(late))
  return {
    url: `https://127.0.0.1:${port}`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}
