import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A running peer. It stays warm between its turns, and does nothing then. */
export interface PeerProcess {
  /** Sign the document once, into a file. */
  seal(algorithm: string, path: string): Promise<void>
  /** Sign it again and again. @returns Signatures a second, of all its threads. */
  run(algorithm: string, seconds: number): Promise<number>
  close(): Promise<void>
}

const END_WITHIN_MS = 5_000

/** @param options.env - Beside what this process has. */
export function startPeer(
  [command, ...args]: readonly [string, ...string[]],
  options: { readonly dir: string; readonly env: Readonly<Record<string, string>> },
): PeerProcess {
  const env = { ...process.env, ...options.env }
  // What it complains of is for whoever watches the run.
  const child = spawn(command, args, {
    cwd: options.dir,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })

  async function ask(line: string): Promise<number> {
    const answer = new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      child.once('error', reject)
      child.once('close', (code) => reject(new Error(`it ended with ${code}`)))
    })
    child.stdin.write(`${line}\n`)
    const text = await answer
    const rate = Number(text)
    if (!(rate > 0)) throw new Error(`it answered ${text}`)
    return rate
  }

  return {
    async seal(algorithm, path) {
      await ask(`seal ${algorithm} ${path}`)
    },
    run: (algorithm, seconds) => ask(`run ${algorithm} ${seconds}`),
    async close() {
      if (hasEnded(child)) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      const kill = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
      child.stdin.end()
      await ended
      clearTimeout(kill)
    },
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
