import { z } from '@hono/zod-openapi'
import {
  type Batch,
  type BatchDocument,
  currentRate,
  DOCUMENT_STATES,
  etaSeconds,
  isFinished,
} from '../../batches/model.ts'
import { type Problem, toAppError } from '../../batches/problem.ts'
import { problemFor } from '../problem.ts'
import { Problem as ProblemSchema } from './openapi.ts'

export const BatchId = z.object({
  id: z.string().max(64).openapi({ example: '0199b3f0-6c4e-7000-9f52-3f5dbe0d1c7a' }),
})

/** How much of a list is wanted, and from where on. */
export const Page = z.object({
  cursor: z.string().min(1).max(64).optional().openapi({
    description: '`nextCursor` of the page before. Without it the list begins.',
  }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})

export const nextCursor = z.string().nullable().openapi({
  description: 'Where the next page begins; null when there is none.',
})

const time = z.iso.datetime()
const count = z.number().int()
const hexDigest = z.string().openapi({ format: 'hex' })

export const BatchBody = z
  .object({
    id: z.string(),
    seal: z.string(),
    label: z.string().nullable(),
    state: z.enum([
      'open',
      'queued',
      'running',
      'completed',
      'completed_with_failures',
      'cancelled',
    ]),
    counts: z.object({ total: count, sealed: count, failed: count, pending: count }),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    expiresAt: time.nullable().openapi({ description: 'When its files are removed' }),
    throughputPerSecond: z.number(),
    etaSeconds: z.number().int().nullable().openapi({
      description: 'Null while nothing moves',
    }),
    waiting: ProblemSchema.nullable().openapi({
      description: 'What keeps the documents that are left from being sealed at the moment',
    }),
    callbackUrl: z.string().nullable(),
  })
  .openapi('Batch')

export const DocumentBody = z
  .object({
    name: z.string(),
    state: z.enum(DOCUMENT_STATES),
    bytes: count,
    sha256: hexDigest,
    operation: z.string().nullable().openapi({ description: 'Id of the operation' }),
    sealedBytes: count.nullable(),
    sealedSha256: hexDigest.nullable(),
    problem: ProblemSchema.nullable(),
  })
  .openapi('BatchDocument')

export function toBatchBody(batch: Batch, now: number): z.infer<typeof BatchBody> {
  const { id, sealId, label, state, counts, rate, waiting, callback } = batch
  const throughput = isFinished(state) ? 0 : currentRate(rate, now)
  return {
    id,
    seal: sealId,
    label: label ?? null,
    state,
    counts,
    createdAt: toTime(batch.createdAt),
    startedAt: toTime(batch.startedAt),
    finishedAt: toTime(batch.finishedAt),
    expiresAt: toTime(batch.expiresAt),
    throughputPerSecond: Math.round(throughput * 100) / 100,
    etaSeconds: etaSeconds(counts.pending, throughput) ?? null,
    waiting: toProblem(waiting),
    callbackUrl: callback?.url ?? null,
  }
}

export function toDocumentBody(document: BatchDocument): z.infer<typeof DocumentBody> {
  const { name, state, bytes, sha256, sealed, problem } = document
  return {
    name,
    state,
    bytes,
    sha256,
    operation: sealed?.operationId ?? null,
    sealedBytes: sealed?.bytes ?? null,
    sealedSha256: sealed?.sha256 ?? null,
    problem: toProblem(problem),
  }
}

export function toProblem(problem: Problem): z.infer<typeof ProblemSchema>
export function toProblem(problem: Problem | undefined): z.infer<typeof ProblemSchema> | null
export function toProblem(problem: Problem | undefined): z.infer<typeof ProblemSchema> | null {
  return problem === undefined ? null : { ...problemFor(toAppError(problem)) }
}

function toTime(at: number): string
function toTime(at: number | undefined): string | null
function toTime(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString()
}
