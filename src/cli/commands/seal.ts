import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { basename, join } from 'node:path'
import { json, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { defineCommand } from 'citty'
import { EXIT, ExitError } from '../exit.ts'
import { report } from '../output.ts'
import { SEAL_ARGS } from '../seal-args.ts'
import { makeServerClient, SERVER_ARGS, type ServerClient } from '../server-client.ts'

/** Flag → query parameter of `POST /seals/{seal}/apply`. */
const OPTIONS = [
  'level',
  'reason',
  'location',
  'contact',
  'field',
  'page',
  'rect',
  'certify',
] as const

export const sealCommand = defineCommand({
  meta: { name: 'seal', description: 'Seal PDFs through a server' },
  args: {
    ...SERVER_ARGS,
    ...SEAL_ARGS,
    json: { type: 'boolean', description: 'One JSON line per document' },
  },
  async run({ args }) {
    if (args._.length === 0) throw new ExitError(EXIT.usage, 'Name the PDFs to seal.')
    const client = makeServerClient(args)
    const query = new URLSearchParams()
    for (const name of OPTIONS) {
      const value = args[name]
      if (value !== undefined) query.set(name, value)
    }
    await mkdir(args.out, { recursive: true })
    let failed = 0
    for (const file of args._) {
      const outcome = await sealFile(client, file, { seal: args.seal, query, out: args.out })
      if (outcome.state === 'failed') failed += 1
      report(outcome, args.json === true, `${outcome.state} ${outcome.file} ${outcome.detail}`)
    }
    if (failed > 0) throw new ExitError(EXIT.documentFailed, `${failed} not sealed.`)
  },
})

interface Target {
  readonly seal: string
  readonly query: URLSearchParams
  readonly out: string
}

interface Outcome {
  readonly file: string
  readonly state: 'sealed' | 'failed'
  readonly detail: string
  readonly operation?: string
  readonly problem?: unknown
}

async function sealFile(client: ServerClient, file: string, target: Target): Promise<Outcome> {
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  )
  if (size === undefined) return { file, state: 'failed', detail: 'cannot be read' }
  const path = `/seals/${encodeURIComponent(target.seal)}/apply?${target.query}`
  const answer = await client.post(path, createReadStream(file), {
    'content-type': 'application/pdf',
    'content-length': String(size),
  })
  if (answer.statusCode !== 200) return refused(file, answer)
  const sealed = join(target.out, basename(file))
  await writeWhole(answer, sealed)
  const operation = String(answer.headers['sceau-operation'] ?? '')
  return { file, state: 'sealed', detail: `→ ${sealed}`, operation }
}

async function refused(file: string, answer: IncomingMessage): Promise<Outcome> {
  const isProblem = answer.headers['content-type']?.startsWith('application/problem+json') === true
  if (!isProblem) {
    return {
      file,
      state: 'failed',
      detail: `HTTP ${answer.statusCode} ${await text(answer)}`.trim(),
    }
  }
  const problem = await json(answer)
  return { file, state: 'failed', detail: describeProblem(problem), problem }
}

function describeProblem(problem: unknown): string {
  if (typeof problem !== 'object' || problem === null) return ''
  const words = 'detail' in problem ? problem.detail : 'title' in problem ? problem.title : ''
  return 'type' in problem ? `${String(words)} (${String(problem.type)})` : String(words)
}

/** Under another name until it is whole: an interrupted command leaves no half file behind. */
async function writeWhole(answer: IncomingMessage, path: string): Promise<void> {
  const partial = `${path}.partial`
  try {
    await pipeline(answer, createWriteStream(partial))
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw new ExitError(EXIT.unreachable, `${path}: the answer broke off (${String(error)}).`)
  }
}
