import { createReadStream, readdirSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import type { ProgressView } from '../../src/cli/batch/progress-bar.ts'
import { describeProblem } from '../../src/cli/batch/refusal.ts'
import { runBatch } from '../../src/cli/batch/run-batch.ts'
import { readState } from '../../src/cli/batch/state-file.ts'
import type { ServerClient } from '../../src/cli/server-client.ts'

/** What became of one document. */
export interface Outcome {
  readonly name: string
  /** Of the sealed file. */
  readonly bytes: number
  /** The verdict on our seal, or the problem that kept it from being made. */
  readonly verdict: string
  readonly passed: boolean
}

interface Sealing {
  readonly client: ServerClient
  readonly seal: string
  readonly from: string
  readonly to: string
  readonly view: ProgressView
}

const Report = z.object({
  signatures: z.array(
    z.object({ fieldName: z.string(), indication: z.string(), level: z.string().nullish() }),
  ),
})

/** A quarter of the page's width, at the bottom left of the last page. */
const LOOK = { page: -1, rect: '40,40,220,72', reason: 'Démonstration' }

/** Seal every PDF of a folder as one batch, and have each judged by the server. */
export async function sealSamples(sealing: Sealing): Promise<Outcome[]> {
  const { client, from, seal, to, view } = sealing
  await clearFinished(to)
  const problems = new Map<string, string>()
  const request = { seal, label: 'Démonstration', options: LOOK }
  await runBatch(
    {
      client,
      signal: new AbortController().signal,
      watcher: {
        onProgress: view.show,
        onOutcome(outcome) {
          if (outcome.state !== 'failed') return
          problems.set(outcome.name, describeProblem(outcome.problem))
        },
      },
    },
    { source: from, out: to, request, isRecursive: false, isForced: false },
  ).finally(view.stop)
  const names = readdirSync(from).filter((name) => name.endsWith('.pdf'))
  const outcomes: Outcome[] = []
  for (const name of names.sort()) {
    const problem = problems.get(name)
    if (problem === undefined) outcomes.push(await judge(client, join(to, name), name))
    else outcomes.push({ name, bytes: 0, verdict: problem, passed: false })
  }
  return outcomes
}

/** Every demonstration seals anew; only one that was broken off goes on. */
async function clearFinished(folder: string): Promise<void> {
  const state = await readState(folder).catch(() => undefined)
  if (state === undefined || state.phase === 'done') {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Our seal is the last signature; the others are the document's own affair. */
async function judge(client: ServerClient, sealed: string, name: string): Promise<Outcome> {
  const bytes = statSync(sealed).size
  const answer = await client.post('/verify', createReadStream(sealed), {
    'content-type': 'application/pdf',
    'content-length': String(bytes),
  })
  const report = Report.safeParse(await json(answer))
  const ours = report.data?.signatures.at(-1)
  if (ours === undefined) {
    return { name, bytes, verdict: `verify: HTTP ${answer.statusCode}`, passed: false }
  }
  const { indication, level } = ours
  const verdict = `${indication} ${level ?? ''}`.trim()
  return { name, bytes, verdict, passed: indication === 'TOTAL_PASSED' }
}
