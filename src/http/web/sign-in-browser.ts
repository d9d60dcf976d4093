import { isIP } from 'node:net'
import type { Context } from 'hono'
import { type Origin, sha256 } from '../../people/accounts/model.ts'
import { formSecret } from './cookies.ts'
import type { MemberEnv, SignedInEnv, WebEnv } from './web-env.ts'

type AnyContext = Context<WebEnv> | Context<SignedInEnv> | Context<MemberEnv>

/** Where a request comes from; behind a proxy that is trusted, by the last address that it added. */
export function originOf(c: AnyContext, trustProxy: boolean): Origin {
  const remote = c.env?.incoming?.socket.remoteAddress ?? ''
  const forwarded = c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() ?? ''
  const ip = trustProxy && isIP(forwarded) !== 0 ? forwarded : remote
  return { ip, userAgent: c.req.header('user-agent') ?? '' }
}

/** Which browser is asked something: its session, or its cookie from before. */
export function boundTo(c: AnyContext): string | undefined {
  if (c.var.session !== undefined) return c.var.session.id
  const secret = formSecret(c)
  return secret === undefined ? undefined : sha256(secret)
}

const NOWHERE = 'https://sceau.invalid'

/**
 * The page to go on with, if it is one of ours: a path of this host, whatever else the text may be
 * read as.
 */
export function safeNext(next: string | undefined, otherwise = '/home'): string {
  if (next === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) || next.includes('\\'))
    return otherwise
  const url = URL.canParse(next, NOWHERE) ? new URL(next, NOWHERE) : undefined
  if (url?.origin !== NOWHERE || url.pathname.startsWith('//')) return otherwise
  return `${url.pathname}${url.search}`
}

/** Minutes until then, one at least. */
export function minutesUntil(until: number, now: number): number {
  return Math.max(1, Math.ceil((until - now) / 60_000))
}
