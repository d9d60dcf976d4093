import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

/** A problem document (RFC 9457 §3), as it came. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  detail: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

/** What a proxy or a server that starts may say; it may say something else soon. */
const PASSING = [408, 425, 429, 500, 502, 503, 504]
const RETRY_AFTER_SECONDS_MAX = 120

/** A server that answers, but not with what was asked for. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly problem: Problem
  /** What the server asks to wait. */
  readonly retryAfterMs: number | undefined

  constructor(status: number, problem: Problem, retryAfterSeconds?: number) {
    super(describeProblem(problem))
    this.status = status
    this.problem = problem
    this.retryAfterMs =
      retryAfterSeconds === undefined
        ? undefined
        : Math.min(Math.max(retryAfterSeconds, 1), RETRY_AFTER_SECONDS_MAX) * 1000
  }

  /** Whether the same request may succeed later. */
  get isPassing(): boolean {
    return PASSING.includes(this.status)
  }
}

export async function readRefusal(answer: IncomingMessage): Promise<Refusal> {
  const status = answer.statusCode ?? 0
  const body = await text(answer).catch(() => '')
  const retryAfter = /^\d{1,6}$/.exec(answer.headers['retry-after'] ?? '')?.[0]
  const seconds = retryAfter === undefined ? undefined : Number(retryAfter)
  return new Refusal(status, parseProblem(body) ?? unknownProblem(status), seconds)
}

/** In one line. */
export function describeProblem({ detail, title, type }: Problem): string {
  return `${detail ?? title} (${type})`
}

function parseProblem(body: string): Problem | undefined {
  try {
    return Problem.safeParse(JSON.parse(body)).data
  } catch {
    return undefined
  }
}

function unknownProblem(status: number): Problem {
  return { type: 'about:blank', title: `The server answers ${status}` }
}
