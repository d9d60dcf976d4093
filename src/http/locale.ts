import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { Locale } from '../../views/locales/locale.ts'

/** French unless `?lang=` or the browser's languages put English before it. */
export function localeOf(c: Context): Locale {
  const asked = c.req.query('lang')
  if (asked === 'fr' || asked === 'en') return asked
  const spoken = accepts(c, { header: 'Accept-Language', supports: ['fr', 'en'], default: 'fr' })
  return spoken === 'en' ? 'en' : 'fr'
}
