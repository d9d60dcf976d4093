import { type Hook, z } from '@hono/zod-openapi'
import { AppError } from '../../errors.ts'
import type { ClientEnv } from '../env.ts'
import { listProblems } from '../problem.ts'

/** A body of octets. */
export const binary = { schema: z.string().openapi({ format: 'binary' }) }

export const Problem = z
  .object({
    type: z.string().openapi({ example: '/problems/pdf-damaged' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
  })
  .loose()
  .openapi('Problem')

/** One entry per status, with the problem types that have it (RFC 9457). */
export function problemResponses(...statuses: number[]) {
  return Object.fromEntries(
    statuses.map((status) => {
      const problems = listProblems().filter((problem) => problem.status === status)
      const slugs = problems.map(({ code, title }) => `\`${code}\` (${title})`).join(', ')
      return [
        status,
        { description: slugs, content: { 'application/problem+json': { schema: Problem } } },
      ]
    }),
  )
}

/** Turns the first broken rule of a schema into a problem that names the field. */
export const refuseInvalid: Hook<unknown, ClientEnv, string, unknown> = (result) => {
  if (result.success) return
  const [issue] = result.error.issues
  const { field, message } = fieldOf(issue, result.target)
  throw new AppError('invalid-request', `${field}: ${message}`, {
    hints: { field, in: result.target },
  })
}

function fieldOf(issue: z.core.$ZodIssue | undefined, target: string) {
  if (issue === undefined) return { field: target, message: 'is not valid' }
  if (issue.code === 'unrecognized_keys') {
    const field = [...issue.path, issue.keys[0] ?? ''].join('.')
    return { field, message: 'is not known here' }
  }
  return { field: issue.path.join('.') || target, message: issue.message }
}
