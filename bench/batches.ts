import { setTimeout as sleep } from 'node:timers/promises'
import { writeTar } from '../src/archives/write-tar.ts'
import type { AskApi } from './api.ts'

/** A batch that has ended. */
export interface EndedBatch {
  /** From the start to the end, by the server's own clock. */
  readonly seconds: number
  readonly perSecond: number
}

const TAR = 'application/x-tar'
const LOOK_MS = 50

/** Open a batch and fill it with documents that all differ by their last octets. */
export async function fillBatch(
  ask: AskApi,
  wanted: { readonly seal: string; readonly document: Uint8Array; readonly count: number },
): Promise<string> {
  const { seal, document, count } = wanted
  const body = Buffer.from(JSON.stringify({ seal }))
  const opened = await ask('/batches', { method: 'POST', type: 'application/json', body })
  const { id } = JSON.parse(opened.toString('utf8')) as { id: string }
  const path = `/batches/${id}/documents`
  await ask(path, { method: 'POST', type: TAR, body: writeTar(copies(document, count)) })
  return id
}

/** Start a batch and wait for its end. @throws Error when a document was not sealed. */
export async function runBatch(
  ask: AskApi,
  id: string,
  meanwhile: (counts: { sealed: number; total: number }) => void = () => {},
): Promise<EndedBatch> {
  await ask(`/batches/${id}/start`, { method: 'POST' })
  for (;;) {
    await sleep(LOOK_MS)
    const batch = JSON.parse((await ask(`/batches/${id}`)).toString('utf8')) as {
      state: string
      counts: { total: number; sealed: number }
      startedAt: string
      finishedAt: string
    }
    meanwhile(batch.counts)
    if (batch.state === 'queued' || batch.state === 'running') continue
    if (batch.state !== 'completed') throw new Error(`the batch ended ${batch.state}`)
    const seconds = (Date.parse(batch.finishedAt) - Date.parse(batch.startedAt)) / 1000
    return { seconds, perSecond: batch.counts.total / seconds }
  }
}

async function* copies(document: Uint8Array, count: number) {
  for (let i = 0; i < count; i += 1) {
    const bytes = Buffer.concat([document, Buffer.from(`% ${String(i).padStart(9, '0')}\n`)])
    const name = `document-${i}.pdf`
    yield { name, bytes: bytes.length, modifiedAt: 0, chunks: only(bytes) }
  }
}

async function* only(bytes: Uint8Array) {
  yield bytes
}
