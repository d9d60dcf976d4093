import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'

/** `__Host-`: only this host, only over TLS, for every path (RFC 6265bis §4.1.3.2). */
const SESSION = '__Host-sceau'
const FORM = '__Host-sceau-form'
const LANGUAGE = '__Host-sceau-lang'
const FLAGS = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const
const YEAR_S = 365 * 86_400

export function sessionToken(c: Context): string | undefined {
  return getCookie(c, SESSION)
}

/** The cookie ends with the browser; the session ends by the server's own limits. */
export function keepSessionToken(c: Context, token: string): void {
  setCookie(c, SESSION, token, FLAGS)
}

export function forgetSessionToken(c: Context): void {
  deleteCookie(c, SESSION, FLAGS)
}

/** The secret behind the forms of somebody who has not signed in. */
export function formSecret(c: Context): string | undefined {
  return getCookie(c, FORM)
}

export function keepFormSecret(c: Context, secret: string): void {
  setCookie(c, FORM, secret, FLAGS)
}

export function chosenLanguage(c: Context): string | undefined {
  return getCookie(c, LANGUAGE)
}

export function keepLanguage(c: Context, locale: string): void {
  setCookie(c, LANGUAGE, locale, { ...FLAGS, maxAge: YEAR_S })
}
