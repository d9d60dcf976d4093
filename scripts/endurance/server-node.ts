import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { childrenOf } from '../../test/support/processes.ts'
import { compiled } from './compiled.ts'

/** A server in a process of its own, to be watched and ended. */
export interface ServerNode {
  readonly url: string
  readonly pid: number
  /** Every line of its log so far. */
  readonly log: readonly string[]
  readonly isRunning: boolean
  /** `kill -9`, and wait for its end. */
  kill(): Promise<void>
  /** `kill -9` of the guard below it, if there is one at the moment. */
  killGuard(): void
  /** One of its engine threads ends at once. */
  crashThread(): void
  /** SIGTERM, and wait for its end. @returns The exit code. */
  stop(): Promise<number | null>
  /** Resident memory in bytes. */
  memory(): number
  /** Open descriptors. */
  descriptors(): number
}

/** @returns When it listens. @throws Error with its log when it ends before. */
export async function startNode(env: Readonly<Record<string, string>>): Promise<ServerNode> {
  const child = spawn(process.execPath, [compiled('scripts/endurance-server.js')], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  const port = await listeningPort(child, log)
  const pid = child.pid ?? Number.NaN
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (!isRunning()) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
  return {
    url: `https://127.0.0.1:${port}`,
    ...{ pid, log },
    get isRunning() {
      return isRunning()
    },
    kill: () => end('SIGKILL'),
    killGuard() {
      for (const guard of childrenOf(pid)) process.kill(guard, 'SIGKILL')
    },
    crashThread: () => child.kill('SIGUSR2'),
    async stop() {
      await end('SIGTERM')
      return child.exitCode
    },
    memory: () =>
      1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
    descriptors: () => readdirSync(`/proc/${pid}/fd`).length,
  }
}

function listeningPort(child: ChildProcess, log: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        log.push(line)
        const port = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1]
        if (port !== undefined) resolve(Number(port))
      })
    }
    child.once('exit', (code, signal) => {
      reject(new Error(`the server ended ${code ?? signal}: ${log.slice(-20).join('\n')}`))
    })
  })
}
