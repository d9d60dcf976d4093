import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

type Environment = Readonly<Record<string, string>>

/** Start `sceau …` as it is installed: nothing of this process's own settings reaches it. */
export function spawnSceau(args: readonly string[], env: Environment): ChildProcess {
  const inherited = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/' }
  return spawn(process.execPath, [MAIN, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Run `sceau …` to its end. */
export async function runSceau(args: readonly string[], env: Environment) {
  const child = spawnSceau(args, env)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    ended,
  ])
  return { stdout, stderr, exitCode }
}

/** The same, when nothing but success will do. */
export async function sceau(args: readonly string[], env: Environment): Promise<string> {
  const { stdout, stderr, exitCode } = await runSceau(args, env)
  if (exitCode !== 0) throw new Error(`sceau ${args.join(' ')} ended ${exitCode}: ${stderr}`)
  return stdout
}
