import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { encodeTarHead, TAR_END, tarPadding } from '../src/archives/write-tar.ts'
import type { BenchAppliance } from './appliance.ts'

const run = promisify(execFile)
const ECHO = fileURLToPath(new URL('./echo.js', import.meta.url))

/** A tar archive of one document under many names, in a file. */
export interface DocumentsTar {
  readonly path: string
  readonly count: number
  readonly documentBytes: number
}

export function writeDocumentsTar(path: string, document: Uint8Array, count: number): DocumentsTar {
  const file = openSync(path, 'w')
  for (let i = 0; i < count; i += 1) {
    const name = `lettre-${String(i).padStart(6, '0')}.pdf`
    writeSync(file, encodeTarHead({ name, bytes: document.length, modifiedAt: 0 }))
    writeSync(file, document)
    writeSync(file, tarPadding(document.length))
  }
  writeSync(file, TAR_END)
  closeSync(file)
  return { path, count, documentBytes: document.length }
}

/**
 * Send the archive through a seal's stream again and again, by `curl` on the same cores.
 *
 * @returns Documents a second.
 * @throws Error when an answer was not 200, or shorter than the documents alone.
 */
export function loadStream(
  { url, apiKey }: Pick<BenchAppliance, 'url' | 'apiKey'>,
  asked: { readonly seal: string; readonly tar: DocumentsTar; readonly seconds: number },
): Promise<number> {
  return sendAgain(`${url}/api/v1/seals/${asked.seal}/stream`, apiKey, asked)
}

/** The same exchange with a server that only gives the octets back (`echo.ts`). */
export async function loadStreamEcho(
  { dir }: Pick<BenchAppliance, 'dir'>,
  asked: { readonly tar: DocumentsTar; readonly seconds: number },
): Promise<number> {
  const files = [join(dir, 'tls/tls.key'), join(dir, 'tls/tls.crt'), join(dir, 'echo-spool')]
  const child = spawn(process.execPath, [ECHO, ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    return await sendAgain(`https://127.0.0.1:${line}/stream`, '', asked)
  } finally {
    child.kill()
  }
}

async function sendAgain(
  target: string,
  apiKey: string,
  { tar, seconds }: { readonly tar: DocumentsTar; readonly seconds: number },
): Promise<number> {
  // Loopback, and a certificate of the authority that was made for this run.
  const flags = [
    '--silent',
    '--show-error',
    '--insecure',
    '--request',
    'POST',
    '--output',
    '/dev/null',
  ]
  const headers = ['-H', 'Content-Type: application/x-tar', '-H', `Authorization: Bearer ${apiKey}`]
  const say = ['--write-out', '%{http_code} %{size_download}']
  const from = performance.now()
  let documents = 0
  do {
    const args = [...flags, ...headers, ...say, '--upload-file', tar.path, target]
    const { stdout } = await run('curl', args)
    const [status, bytes] = stdout.split(' ').map(Number)
    if (status !== 200 || Number(bytes) < tar.count * tar.documentBytes) {
      throw new Error(`the stream was answered ${stdout}`)
    }
    documents += tar.count
  } while (performance.now() - from < seconds * 1000)
  return documents / ((performance.now() - from) / 1000)
}
