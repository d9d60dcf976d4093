import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { Locale } from '../../views/locales/locale.ts'
import { chosenLanguage } from './web/cookies.ts'

const LOCALES: readonly Locale[] = ['fr', 'en']

/** French unless `?lang=`, what was chosen before, or the browser's languages put English before it. */
export function localeOf(c: Context): Locale {
  return (
    findLocale(c.req.query('lang') ?? '') ??
    findLocale(chosenLanguage(c) ?? '') ??
    findLocale(
      accepts(c, {
        header: 'Accept-Language',
        supports: [...LOCALES],
        default: 'fr',
        match: (wanted, { default: otherwise }) => {
          const ranked = [...wanted].sort((a, b) => b.q - a.q).map(({ type }) => findLocale(type))
          return ranked.find((locale) => locale !== undefined) ?? otherwise
        },
      }),
    ) ??
    'fr'
  )
}

/** `en-GB` is English (RFC 4647 §3.3.1). */
export function findLocale(range: string): Locale | undefined {
  const [language = ''] = range.toLowerCase().split('-')
  return LOCALES.find((locale) => locale === language)
}
