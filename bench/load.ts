import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchAppliance } from './appliance.ts'

const run = promisify(execFile)
const ECHO = fileURLToPath(new URL('./echo.js', import.meta.url))

export interface Load {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Post one document again and again from several clients on the same cores, by `wrk` (a client that
 * costs little CPU).
 *
 * @throws Error when an answer was not 200.
 */
export async function loadApply(
  { url, apiKey, dir }: BenchAppliance,
  asked: { seal: string; document: Uint8Array; clients: number; seconds: number },
): Promise<Load> {
  const body = join(dir, 'body.pdf')
  const script = join(dir, 'post.lua')
  writeFileSync(body, asked.document)
  writeFileSync(script, postScript(body, apiKey))
  return runWrk(`${url}/api/v1/seals/${asked.seal}/apply`, script, asked)
}

/** The same exchange with a server that does nothing else (`echo.ts`). */
export async function loadEcho(
  { dir }: BenchAppliance,
  asked: { document: Uint8Array; clients: number; seconds: number },
): Promise<Load> {
  const body = join(dir, 'body.pdf')
  const script = join(dir, 'echo.lua')
  writeFileSync(body, asked.document)
  writeFileSync(script, postScript(body, ''))
  const files = [join(dir, 'tls/tls.key'), join(dir, 'tls/tls.crt'), join(dir, 'echo-spool')]
  const child = spawn(process.execPath, [ECHO, ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    return await runWrk(`https://127.0.0.1:${line}/`, script, asked)
  } finally {
    child.kill()
  }
}

async function runWrk(
  target: string,
  script: string,
  asked: { clients: number; seconds: number },
): Promise<Load> {
  const flags = ['-t1', `-c${asked.clients}`, `-d${asked.seconds}s`, '--latency', '-s', script]
  const { stdout } = await run('wrk', [...flags, target])
  if (/Non-2xx/.test(stdout)) throw new Error(`some documents were not sealed:\n${stdout}`)
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50Ms: milliseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    p99Ms: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
  }
}

function postScript(body: string, apiKey: string): string {
  return [
    'wrk.method = "POST"',
    `local file = io.open("${body}", "rb")`,
    'wrk.body = file:read("*a")',
    'file:close()',
    'wrk.headers["Content-Type"] = "application/pdf"',
    `wrk.headers["Authorization"] = "Bearer ${apiKey}"`,
  ].join('\n')
}

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }

function milliseconds(match: RegExpExecArray | null): number {
  return Number(match?.[1]) * (UNIT_MS[match?.[2] ?? 'ms'] ?? 1)
}
