import type { Context, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { StepFrame } from '../../../views/first-run/frame.tsx'
import { firstRunWords } from '../../../views/locales/first-run.ts'
import type { StepName } from '../../first-run/model.ts'
import type { FirstRunService } from '../../first-run/service.ts'
import type { Origin } from '../../people/accounts/model.ts'
import { findLocale, localeOf } from '../locale.ts'
import { chosenLanguage, keepLanguage } from './cookies.ts'
import { csrfToken } from './csrf.ts'
import type { HolderEnv, WebEnv } from './web-env.ts'

/** What the pages of the first run need. */
export interface FirstRunPageDeps {
  readonly firstRun: FirstRunService
  readonly now: () => number
}

const SESSION = '__Host-sceau-first-run'
/** Lax: the link may be opened from a mail or a chat, and leads on by a redirect. */
const FLAGS = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const

export function keepHolder(c: Context, session: string): void {
  setCookie(c, SESSION, session, FLAGS)
}

export function forgetHolder(c: Context): void {
  deleteCookie(c, SESSION, FLAGS)
}

export function holderOf(c: Context): string | undefined {
  return getCookie(c, SESSION)
}

/** What was chosen here, else what the first step chose, else what the browser prefers. */
export function inLanguage(firstRun: FirstRunService): MiddlewareHandler<WebEnv> {
  return async function inLanguage(c, next) {
    const asked = findLocale(c.req.query('lang') ?? '')
    if (asked !== undefined) keepLanguage(c, asked)
    const run = await firstRun.get()
    const ofRun = run.done.has('language') ? run.locale : undefined
    const isChosen = asked !== undefined || chosenLanguage(c) !== undefined
    c.set('locale', isChosen ? localeOf(c) : (ofRun ?? localeOf(c)))
    c.header('Cache-Control', 'no-store')
    await next()
  }
}

/** For whoever holds the link; others are led to the page that says where to find it. */
export function holding(firstRun: FirstRunService): MiddlewareHandler<HolderEnv> {
  return async function holding(c, next) {
    const session = holderOf(c)
    if (session === undefined || !(await firstRun.isHolder(session))) {
      return c.redirect('/first-run', 303)
    }
    c.set('run', await firstRun.get())
    await next()
  }
}

export function stepFrame(c: Context<HolderEnv>, step: StepName): StepFrame {
  const { locale, run } = c.var
  return {
    locale,
    path: c.req.path,
    csrf: csrfToken(c),
    step,
    isDone: run.done.has(step),
  }
}

/** What is wrong with each field, in words; a schema's messages are keys of them. */
export function inWords(
  c: Context<HolderEnv>,
  errors: Readonly<Record<string, string>>,
): Record<string, string> {
  const words: Readonly<Record<string, unknown>> = firstRunWords[c.var.locale]
  const { unknownError } = firstRunWords[c.var.locale]
  return Object.fromEntries(
    Object.entries(errors).map(([field, key]) => {
      const text = words[key]
      return [field, typeof text === 'string' ? text : unknownError]
    }),
  )
}

/** Where a request comes from, for the list of sessions. */
export function originOf(c: Context<HolderEnv>): Origin {
  return {
    ip: c.env.incoming?.socket.remoteAddress ?? '',
    userAgent: c.req.header('user-agent') ?? '',
  }
}
