import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { readTar } from '../../src/archives/read-tar.ts'
import { openDatabase } from '../../src/db/database.ts'
import type { BatchClient } from './batch-client.ts'
import { type MakeDocument, nameOf } from './documents.ts'
import type { Installation } from './installation.ts'

const run = promisify(execFile)
const REPORT = 'report.json'
const MORE = 1024 ** 4

const Report = z.object({
  counts: z.object({ total: z.number(), sealed: z.number(), failed: z.number() }),
  documents: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      operation: z.string().nullable(),
      sealedSha256: z.string().nullable(),
      problem: z.unknown(),
    }),
  ),
})

/** What was found wrong; nothing, when each list is empty. */
export interface Judgement {
  /** Files of the archive, without its report. */
  readonly files: number
  readonly judgedByPdfsig: number
  readonly faults: readonly string[]
}

/**
 * Fetch the whole archive of a batch and hold it against what was sent: each document is there once,
 * begins with its original, is what the report says, and carries a signature that pdfsig finds valid;
 * each has one operation, and the journal proves all of them.
 *
 * @param options.every - pdfsig looks at every so many files.
 */
export async function judgeBatch(
  { installation, client }: { installation: Installation; client: BatchClient },
  { id, count, make, every }: { id: string; count: number; make: MakeDocument; every: number },
): Promise<Judgement> {
  const faults: string[] = []
  const sha256s = new Map<string, string>()
  const numbers = new Map(Array.from({ length: count }, (_, i) => [nameOf(i), i]))
  const judges = new Judges(faults)
  let report: z.infer<typeof Report> | undefined
  const archive = await client.archive(id)
  if (archive.statusCode !== 200) faults.push(`the archive answers ${archive.statusCode}`)
  const limits = { documentBytesMax: MORE, totalBytesMax: MORE, entriesMax: count + 1 }
  for await (const entry of readTar(archive, { ...limits, hasUniqueNames: true })) {
    if ('problem' in entry) {
      faults.push(`${entry.name}: ${entry.problem.message}`)
      continue
    }
    const file = await whole(entry.chunks)
    if (entry.name === REPORT) {
      report = Report.parse(JSON.parse(file.toString()))
      continue
    }
    const number = numbers.get(entry.name)
    if (number === undefined) faults.push(`${entry.name} was never sent`)
    else if (!startsWith(file, make(number))) faults.push(`${entry.name} has another original`)
    sha256s.set(entry.name, createHash('sha256').update(file).digest('hex'))
    if (sha256s.size % every === 0) await judges.judge(entry.name, file)
  }
  await judges.end()
  faults.push(...faultsOfReport(report, { sha256s, count }))
  faults.push(...(await faultsOfRecords(installation, id)))
  return { files: sha256s.size, judgedByPdfsig: judges.judged, faults }
}

function faultsOfReport(
  report: z.infer<typeof Report> | undefined,
  { sha256s, count }: { sha256s: ReadonlyMap<string, string>; count: number },
): string[] {
  if (report === undefined) return ['the archive has no report']
  const { counts, documents } = report
  const faults = documents.flatMap(({ name, state, sealedSha256, problem }) => {
    if (state !== 'sealed') return [`${name} is ${state}: ${JSON.stringify(problem)}`]
    return sealedSha256 === sha256s.get(name) ? [] : [`${name} is not what the report says`]
  })
  const operations = new Set(documents.map(({ operation }) => operation))
  if (operations.size !== count) faults.push(`${operations.size} operations for ${count} documents`)
  if (counts.sealed !== count || counts.total !== count) {
    faults.push(`the report counts ${JSON.stringify(counts)} of ${count}`)
  }
  return faults
}

/** One operation for each document, none besides, and a journal that is intact. */
async function faultsOfRecords(installation: Installation, batchId: string): Promise<string[]> {
  const faults: string[] = []
  const verdict = await installation.sceau('journal', 'verify', '--json').catch(String)
  if (!verdict.includes('"intact":true')) faults.push(`the journal: ${verdict}`)
  const db = await openDatabase(installation.databaseUrl)
  try {
    const named = await db
      .selectFrom('batch_document')
      .select('operation_id')
      .where('batch_id', '=', batchId)
      .execute()
    const ids = new Set(named.map(({ operation_id }) => operation_id))
    const operations = await db.selectFrom('operation').select('id').execute()
    const { length: strange } = operations.filter((operation) => !ids.has(operation.id))
    if (strange > 0) faults.push(`${strange} operations are of no document`)
    if (operations.length !== named.length) {
      faults.push(`${operations.length} operations for ${named.length} documents`)
    }
    const chunks = await db.selectFrom('batch_chunk').select('first_seq').execute()
    if (chunks.length > 0) faults.push(`${chunks.length} chunks are left`)
  } finally {
    await db.destroy()
  }
  return faults
}

/** Several pdfsig at a time. */
class Judges {
  readonly #faults: string[]
  readonly #running = new Set<Promise<void>>()
  readonly #dir = mkdtemp(join(tmpdir(), 'sceau-judged-'))
  judged = 0

  constructor(faults: string[]) {
    this.#faults = faults
  }

  async judge(name: string, file: Uint8Array): Promise<void> {
    while (this.#running.size >= availableParallelism()) await Promise.race(this.#running)
    const judging = this.#judge(name, file).finally(() => this.#running.delete(judging))
    this.#running.add(judging)
  }

  async end(): Promise<void> {
    await Promise.all(this.#running)
    await rm(await this.#dir, { recursive: true })
  }

  async #judge(name: string, file: Uint8Array): Promise<void> {
    this.judged += 1
    const path = join(await this.#dir, `${this.judged}.pdf`)
    await writeFile(path, file)
    const { stdout } = await run('pdfsig', ['-nocert', path])
    await rm(path)
    const count = (pattern: RegExp) => stdout.match(pattern)?.length ?? 0
    const signatures = count(/^Signature #/gm) - count(/is not signed/g)
    const isWhole = count(/Total document signed/g) === 1
    if (signatures === 0 || count(/Signature is Valid/g) !== signatures || !isWhole) {
      this.#faults.push(`${name}: pdfsig says ${stdout}`)
    }
  }
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

function startsWith(file: Buffer, original: Uint8Array): boolean {
  return file.subarray(0, original.length).equals(original) && file.length > original.length
}
