import { createReadStream, createWriteStream, readdirSync, statSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { basename, join } from 'node:path'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { ServerClient } from '../../src/cli/server-client.ts'

/** What became of one document. */
export interface Outcome {
  readonly name: string
  readonly kind: 'visible' | 'invisible'
  readonly bytes: number
  readonly ms: number
  /** The verdict on our seal, or the problem that kept it from being made. */
  readonly verdict: string
  readonly passed: boolean
}

const Report = z.object({
  signatures: z.array(
    z.object({ fieldName: z.string(), indication: z.string(), level: z.string().nullish() }),
  ),
})
const Problem = z.object({ title: z.string(), detail: z.string().optional() })

/** A quarter of the page's width, at the bottom left of the last page. */
const VISIBLE = { page: '-1', rect: '40,40,220,72', reason: 'Démonstration' }

/** Seal every PDF of a folder, every other one visibly, and have each judged by the server. */
export async function sealSamples(
  client: ServerClient,
  seal: string,
  folders: { from: string; to: string },
  onProgress: (done: number, total: number) => void,
): Promise<Outcome[]> {
  const files = readdirSync(folders.from)
    .filter((name) => name.endsWith('.pdf'))
    .sort()
  const outcomes: Outcome[] = []
  onProgress(0, files.length)
  for (const [index, name] of files.entries()) {
    const kind = index % 2 === 0 ? 'visible' : 'invisible'
    outcomes.push(
      await sealOne(client, seal, { from: join(folders.from, name), to: folders.to, kind }),
    )
    onProgress(outcomes.length, files.length)
  }
  return outcomes
}

async function sealOne(
  client: ServerClient,
  seal: string,
  { from, to, kind }: { from: string; to: string; kind: Outcome['kind'] },
): Promise<Outcome> {
  const name = basename(from)
  const query = kind === 'visible' ? `?${new URLSearchParams(VISIBLE)}` : ''
  const startedAt = performance.now()
  const answer = await postPdf(client, `/seals/${seal}/apply${query}`, from)
  if (answer.statusCode !== 200) return { name, kind, bytes: 0, ms: 0, ...(await refusal(answer)) }
  const sealed = join(to, name)
  await pipeline(answer, createWriteStream(sealed))
  const ms = performance.now() - startedAt
  const verdict = await judge(client, sealed)
  return { name, kind, bytes: statSync(sealed).size, ms, ...verdict }
}

/** Our seal is the last signature; the others are the document's own affair. */
async function judge(client: ServerClient, sealed: string) {
  const answer = await postPdf(client, '/verify', sealed)
  const report = Report.safeParse(await json(answer))
  const ours = report.data?.signatures.at(-1)
  if (ours === undefined) return { verdict: `verify: HTTP ${answer.statusCode}`, passed: false }
  const { indication, level } = ours
  return { verdict: `${indication} ${level ?? ''}`.trim(), passed: indication === 'TOTAL_PASSED' }
}

async function refusal(answer: IncomingMessage) {
  const problem = Problem.safeParse(await json(answer))
  return { verdict: problem.data?.detail ?? `HTTP ${answer.statusCode}`, passed: false }
}

function postPdf(client: ServerClient, path: string, file: string): Promise<IncomingMessage> {
  return client.post(path, createReadStream(file), {
    'content-type': 'application/pdf',
    'content-length': String(statSync(file).size),
  })
}
