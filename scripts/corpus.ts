// Seals a corpus of public PDFs and says whether each came out as its manifest demands:
// `corpus.js DIR` with DIR/manifest.json, and the independent checker in DIR/../tools when it is there.
// KEEP=1 keeps what was sealed.
import { fork, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const Manifest = z.object({
  files: z.array(
    z.object({
      file: z.string(),
      set: z.enum(['A', 'B', 'C', 'G']),
      subset: z.string().nullable(),
      bytes: z.number(),
      respect: z.array(z.string()),
    }),
  ),
})
type CorpusFile = z.infer<typeof Manifest>['files'][number]

const Report = z.object({
  outcome: z.string(),
  detail: z.string(),
  ms: z.number(),
  growthBytes: z.number(),
})

const MIB = 1024 * 1024
const KILL_AFTER_MS = 20_000
/** A refusal must come within a second; the others share a machine that may be busy. */
const MS_MAX = { refused: 1_000, sealed: 5_000 }
const SMALL_BYTES = 8 * MIB
const GROWTH_BYTES_MAX = 200 * MIB
const AT_ONCE = 2
const CHECKER_PYTHON = '/usr/bin/python3'
const CHECKER_MODULES = 'import pikepdf, asn1crypto, cryptography'

interface Job {
  readonly entry: CorpusFile
  readonly kind: 'invisible' | 'visible'
}

interface Row {
  readonly job: Job
  readonly outcome: string
  readonly ms: number
  readonly growthBytes: number
  /** Empty when all is well. */
  readonly faults: readonly string[]
}

/** What may come of a file: sealed, or one of these slugs. */
function allowedOutcomes({ set, subset, respect }: CorpusFile): readonly string[] {
  if (set === 'A') return subset === 'repair' ? ['sealed', 'pdf-damaged'] : ['sealed']
  if (set === 'B') return subset === 'password' ? ['pdf-encrypted'] : ['pdf-damaged', 'not-a-pdf']
  if (set === 'G') return ['sealed', 'pdf-damaged', 'pdf-encrypted', 'not-a-pdf', 'invalid-request']
  if (subset !== 'refuse') return ['sealed']
  const permissions = respect.includes('permissions-forbid') ? ['pdf-encrypted'] : []
  return ['pdf-certified-no-changes', ...permissions]
}

async function runJob(folder: string, output: string, job: Job, checker: string | undefined) {
  const original = join(folder, job.entry.file)
  const sealed = join(output, `${job.kind}-${job.entry.file}`)
  const { outcome, detail, ms, growthBytes } = await sealInChild([original, sealed, job.kind])
  const faults: string[] = []
  if (!allowedOutcomes(job.entry).includes(outcome)) faults.push(`${outcome}: ${detail}`)
  if (ms > (outcome === 'sealed' ? MS_MAX.sealed : MS_MAX.refused)) faults.push('too slow')
  if (job.entry.bytes < SMALL_BYTES && growthBytes > GROWTH_BYTES_MAX) faults.push('too large')
  if (outcome === 'sealed') {
    if (!keepsPrefix(original, sealed)) faults.push('the original is no prefix')
    if (checker !== undefined) faults.push(...(await check(checker, original, sealed)))
  }
  const row: Row = { job, outcome, ms, growthBytes, faults }
  return row
}

function sealInChild(argv: readonly string[]): Promise<z.infer<typeof Report>> {
  return new Promise((resolve) => {
    const script = fileURLToPath(new URL('./corpus-seal.js', import.meta.url))
    const child = fork(script, argv, { timeout: KILL_AFTER_MS, killSignal: 'SIGKILL' })
    const start = performance.now()
    child.once('message', (message) => resolve(Report.parse(message)))
    child.once('exit', (code, signal) => {
      const detail = `exit ${code ?? signal}`
      resolve({ outcome: 'crashed', detail, ms: performance.now() - start, growthBytes: 0 })
    })
  })
}

function keepsPrefix(original: string, sealed: string): boolean {
  const before = readFileSync(original)
  return before.equals(readFileSync(sealed).subarray(0, before.length))
}

const Verdict = z.object({
  checks: z.array(z.object({ id: z.string(), status: z.string(), detail: z.string() })),
})

/** @returns What the independent checker fails, with its details. */
async function check(checker: string, original: string, sealed: string): Promise<string[]> {
  const options = ['--level', 'B', '--ca', `${sealed}.pem`]
  const text = await outputOf([CHECKER_PYTHON, checker, original, sealed, ...options])
  try {
    const { checks } = Verdict.parse(JSON.parse(text))
    return checks.filter((c) => c.status === 'fail').map(({ id, detail }) => `${id}: ${detail}`)
  } catch (cause) {
    return [`the checker gave no verdict: ${String(cause)}`]
  }
}

function outputOf([command = '', ...argv]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'ignore'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', () => resolve(Buffer.concat(chunks).toString('utf8')))
  })
}

/** The independent checker, or undefined (and said so) where it or what it needs is missing. */
async function findChecker(folder: string): Promise<string | undefined> {
  const checker = join(folder, '../tools/check_sealed.py')
  const hasModules = existsSync(CHECKER_PYTHON)
    ? await outputOf([CHECKER_PYTHON, '-c', `${CHECKER_MODULES}; print('here')`])
    : ''
  if (existsSync(checker) && hasModules.startsWith('here')) return checker
  console.log('check_sealed.py or what it needs is missing: only outcomes and prefixes are checked')
  return undefined
}

/** @param run - Called for each item, a few at a time, in order. */
async function inParallel<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const pending = items.entries()
  const work = async () => {
    for (const [index, item] of pending) results[index] = await run(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return results
}

function printRow({ job, outcome, ms, growthBytes, faults }: Row): void {
  const { file, set, subset } = job.entry
  const cells = [
    faults.length === 0 ? 'ok  ' : 'FAIL',
    `${set} ${subset ?? ''}`.padEnd(16),
    job.kind.padEnd(9),
    outcome.padEnd(24),
    `${ms.toFixed(0).padStart(5)} ms`,
    `${(growthBytes / MIB).toFixed(0).padStart(4)} MiB`,
    file,
  ]
  console.log(cells.join('  '))
  for (const fault of faults) console.log(`      ${fault}`)
}

async function main(folder: string): Promise<number> {
  const { files } = Manifest.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')))
  const checker = await findChecker(folder)
  const output = mkdtempSync(join(tmpdir(), 'sceau-corpus-'))
  const jobs: Job[] = files.flatMap((entry) => [
    { entry, kind: 'invisible' } as const,
    ...(entry.set === 'A' && entry.subset === 'strict'
      ? [{ entry, kind: 'visible' } as const]
      : []),
  ])
  try {
    const rows = await inParallel(jobs, (job) => runJob(folder, output, job, checker))
    rows.forEach(printRow)
    const failed = rows.filter(({ faults }) => faults.length > 0)
    const sealed = rows.filter(({ outcome }) => outcome === 'sealed')
    console.log(
      `${files.length} files, ${sealed.length} seals, ${rows.length - sealed.length} refusals, ${failed.length} wrong`,
    )
    return failed.length === 0 ? 0 : 1
  } finally {
    if (process.env.KEEP === undefined) rmSync(output, { recursive: true })
    else console.log(output)
  }
}

process.exitCode = await main(process.argv[2] ?? '../shared/corpus')
