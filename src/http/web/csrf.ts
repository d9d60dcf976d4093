import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { AppError } from '../../errors.ts'
import { formSecret, keepFormSecret } from './cookies.ts'
import { readPosted } from './posted.ts'
import type { HolderEnv, MemberEnv, SignedInEnv, WebEnv } from './web-env.ts'

const SECRET_BYTES = 32
const SECRET = /^[\w-]{43}$/
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * What a form must carry. Before sign-in it is made of a cookie that only this host can set; a
 * session has its own, so that a form from before does not outlive a sign-in.
 */
export function csrfToken(
  c: Context<WebEnv> | Context<SignedInEnv> | Context<MemberEnv> | Context<HolderEnv>,
): string {
  const { session } = c.var
  if (session !== undefined) return session.csrf
  const known = formSecret(c)
  if (known !== undefined && SECRET.test(known)) return tokenOf(known)
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  keepFormSecret(c, secret)
  return tokenOf(secret)
}

/**
 * Refuse what another site sent: by the browser's word (Sec-Fetch-Site, else Origin), and by the
 * token, which another site cannot know.
 *
 * @throws AppError `not-authorised`.
 */
export function csrfProtection(): MiddlewareHandler<WebEnv> {
  return async function csrfProtection(c, next) {
    if (!SAFE.has(c.req.method)) {
      if (!isFromHere(c)) throw foreign()
      await readPosted(c)
      const given = c.req.header('x-csrf-token') ?? c.var.form?.get('csrf')
      if (typeof given !== 'string' || !isSame(given, expectedToken(c))) throw foreign()
    }
    await next()
  }
}

function expectedToken(c: Context<WebEnv>): string | undefined {
  const { session } = c.var
  if (session !== undefined) return session.csrf
  const secret = formSecret(c)
  return secret !== undefined && SECRET.test(secret) ? tokenOf(secret) : undefined
}

function isFromHere(c: Context<WebEnv>): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = c.req.header('origin')
  return origin === undefined || hostOf(origin) === c.req.header('host')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function tokenOf(secret: string): string {
  return createHmac('sha256', secret).update('sceau/form/v1').digest('base64url')
}

function isSame(given: string, expected: string | undefined): boolean {
  if (expected === undefined) return false
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function foreign(): AppError {
  return new AppError(
    'not-authorised',
    'This form is not from this site, or is too old. Open the page again and repeat what you did.',
  )
}
