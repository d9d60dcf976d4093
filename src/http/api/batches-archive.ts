import { createReadStream } from 'node:fs'
import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import { accepts } from 'hono/accepts'
import type { OutgoingFile } from '../../archives/outgoing-file.ts'
import { writeTar } from '../../archives/write-tar.ts'
import { writeZip } from '../../archives/write-zip.ts'
import { notSealedYet } from '../../batches/delivery.ts'
import { REPORT_NAME } from '../../batches/intake.ts'
import type { Batch } from '../../batches/model.ts'
import type { Batches } from '../../batches/service.ts'
import type { Spool } from '../../sealing/spool.ts'
import type { ClientEnv } from '../env.ts'
import { gathered, streamed } from '../streamed.ts'
import { BatchId, toBatchBody, toDocumentBody } from './batches-schemas.ts'
import { binary, problemResponses, refuseInvalid } from './openapi.ts'

const KINDS = {
  'application/x-tar': { write: writeTar, extension: 'tar' },
  'application/zip': { write: writeZip, extension: 'zip' },
} as const

const archiveRoute = createRoute({
  method: 'get',
  path: '/batches/{id}/archive',
  summary: 'Every sealed file of a batch',
  description:
    'A tar, or by `Accept` a zip. Its last entry, `report.json`, tells what became of every ' +
    'document. While the batch is at work it holds what is sealed so far.',
  tags: ['Batches'],
  request: { params: BatchId },
  responses: {
    200: {
      description: 'The archive, made while it is sent',
      content: { 'application/x-tar': binary, 'application/zip': binary },
    },
    ...problemResponses(401, 404, 409),
  },
})

interface ArchiveDeps {
  readonly batches: Batches
  readonly spool: Spool
  readonly now: () => number
}

/** `GET /batches/{id}/archive`. */
export function batchArchiveRoutes(deps: ArchiveDeps) {
  return new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid }).openapi(
    archiveRoute,
    async (c) => {
      const { id } = c.req.valid('param')
      const batch = await deps.batches.get(c.var.client, id)
      if (batch.state === 'open') throw notSealedYet(batch, deps.now())
      const type = accepts(c, {
        header: 'Accept',
        supports: Object.keys(KINDS),
        default: 'application/x-tar',
      })
      const { write, extension } = KINDS[type === 'application/zip' ? type : 'application/x-tar']
      const headers = {
        'Content-Type': type,
        'Content-Disposition': `attachment; filename="batch-${id}.${extension}"`,
        Vary: 'Accept',
      }
      if (c.req.method === 'HEAD') return c.body(null, 200, headers)
      const body = streamed(c.var.log, () => gathered(write(filesOf(deps, batch))))
      return c.body(body, 200, headers)
    },
  )
}

/** The sealed files, and behind them what became of every document. */
async function* filesOf(
  { batches, spool, now }: ArchiveDeps,
  batch: Batch,
): AsyncGenerator<OutgoingFile> {
  const given = new Uint8Array(batch.counts.total + 1)
  for await (const file of batches.sealedFiles(batch)) {
    given[file.seq] = 1
    yield file
  }
  // A length must be known before the octets: a report of 200,000 documents lies on the disk.
  const octets = gathered(reportOf(batches, { batch, given, now: now() }))
  const report = await spool.receive(octets, { maxBytes: Number.MAX_SAFE_INTEGER })
  const chunks = createReadStream(report.path)
  try {
    yield { name: REPORT_NAME, bytes: report.source.length, modifiedAt: now(), chunks }
  } finally {
    chunks.destroy()
    await report.release()
  }
}

interface Reported {
  readonly batch: Batch
  /** By seq, whether the file is in the archive. */
  readonly given: Uint8Array
  readonly now: number
}

async function* reportOf(
  batches: Batches,
  { batch, given, now }: Reported,
): AsyncGenerator<Uint8Array> {
  const counts = { total: 0, sealed: 0, failed: 0, pending: 0 }
  const { counts: _, ...head } = toBatchBody(batch, now)
  yield Buffer.from(`{"batch":${JSON.stringify(head)},"documents":[`)
  for await (const document of batches.everyDocument(batch.id)) {
    // What was sealed after its turn is not in the archive: the report says what the archive holds.
    const isLate = document.state === 'sealed' && given[document.seq] !== 1
    const shown = toDocumentBody(
      isLate ? { ...document, state: 'pending', sealed: undefined } : document,
    )
    counts[shown.state] += 1
    counts.total += 1
    yield Buffer.from(`${counts.total === 1 ? '' : ','}\n${JSON.stringify(shown)}`)
  }
  yield Buffer.from(`\n],"counts":${JSON.stringify(counts)}}\n`)
}
