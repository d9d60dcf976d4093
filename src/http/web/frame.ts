import type { Context } from 'hono'
import type { Viewer } from '../../../views/components/viewer.ts'
import type { Locale } from '../../../views/locales/locale.ts'
import { csrfToken } from './csrf.ts'
import type { MemberEnv, SignedInEnv, WebEnv } from './web-env.ts'

/** What every page is given, whatever it shows: the props of `Page`, and the token of its forms. */
export interface Frame {
  readonly locale: Locale
  /** The address with its query, but for the language: links to the other language lead there. */
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly csrf: string
}

export function frameOf(c: Context<WebEnv> | Context<SignedInEnv> | Context<MemberEnv>): Frame {
  const { locale, viewer } = c.var
  const url = new URL(c.req.url)
  url.searchParams.delete('lang')
  return { locale, path: `${url.pathname}${url.search}`, viewer, csrf: csrfToken(c) }
}
