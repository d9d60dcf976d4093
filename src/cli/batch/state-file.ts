import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EXIT, ExitError } from '../exit.ts'

export const STATE_NAME = '.sceau-batch.json'

/** What a batch is opened with, as the API takes it. */
export const BatchRequest = z.object({
  seal: z.string(),
  label: z.string(),
  options: z.record(z.string(), z.union([z.string(), z.number()])),
})
export type BatchRequest = z.infer<typeof BatchRequest>

const BatchState = z.object({
  version: z.literal(1),
  /** The folder the documents come from, absolute. */
  source: z.string(),
  request: BatchRequest,
  /** The Idempotency-Key: a batch that was opened in vain is found again. */
  key: z.string(),
  batch: z.string().nullable(),
  /** Whether what lay in the folder before was sealed in the same way, and need not be again. */
  mayHoldSealed: z.boolean(),
  phase: z.enum(['sending', 'sealing', 'done']),
  /** Documents whose sealed file was in the folder before. */
  skipped: z.number().int(),
  /** Documents that are not in the batch: the server rejected them, or they cannot be read. */
  rejected: z.number().int(),
  /** Documents that were sealed and could not be put into the folder. */
  unwritten: z.number().int(),
  /** Documents whose end, sealed or failed, lies in the folder. */
  settled: z.number().int(),
  /** Number of the event up to which that is so. */
  lastEvent: z.number().int(),
})

/** How far a run has come; enough for another to go on. */
export type BatchState = z.infer<typeof BatchState>

export function beginState(
  begun: Pick<BatchState, 'source' | 'request' | 'mayHoldSealed'>,
): BatchState {
  return {
    version: 1,
    ...begun,
    key: randomUUID(),
    batch: null,
    phase: 'sending',
    ...{ skipped: 0, rejected: 0, unwritten: 0, settled: 0, lastEvent: 0 },
  }
}

/** @throws ExitError 2 for a file that no run of this version has written. */
export async function readState(out: string): Promise<BatchState | undefined> {
  const path = join(out, STATE_NAME)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new ExitError(EXIT.usage, `${path} cannot be read: ${error.message}`)
  })
  if (text === undefined) return undefined
  const state = parse(text)
  if (state !== undefined) return state
  throw new ExitError(EXIT.usage, `${path} is not of this version. Move it away to begin anew.`)
}

/** On the disk under another name first: there is always one that is whole. */
export async function writeState(out: string, state: BatchState): Promise<void> {
  await mkdir(out, { recursive: true })
  const path = join(out, STATE_NAME)
  const file = await open(`${path}.new`, 'w')
  try {
    await file.writeFile(`${JSON.stringify(state, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}

function parse(text: string): BatchState | undefined {
  try {
    return BatchState.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
