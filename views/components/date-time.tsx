import type { Locale } from '../locales/locale.ts'
import { useLocale } from './in-locale.tsx'

/** Where the people of this appliance live; journals and certificates are in UTC. */
const TIME_ZONE = 'Europe/Paris'
const LANGUAGES = { fr: 'fr-FR', en: 'en-GB' } as const

const DATES = {
  fr: new Intl.DateTimeFormat(LANGUAGES.fr, { dateStyle: 'long', timeZone: TIME_ZONE }),
  en: new Intl.DateTimeFormat(LANGUAGES.en, { dateStyle: 'long', timeZone: TIME_ZONE }),
}
const TIMES = {
  fr: new Intl.DateTimeFormat(LANGUAGES.fr, {
    ...{ dateStyle: 'medium', timeStyle: 'short', timeZone: TIME_ZONE },
  }),
  en: new Intl.DateTimeFormat(LANGUAGES.en, {
    ...{ dateStyle: 'medium', timeStyle: 'short', timeZone: TIME_ZONE },
  }),
}

/** A moment in words, for a sentence. @param at - Unix ms. */
export function formatDate(locale: Locale, at: number): string {
  return DATES[locale].format(at)
}

interface MomentProps {
  /** Unix ms. */
  readonly at: number
}

/** A day. */
export const DateOnly = ({ at }: MomentProps) => (
  <time datetime={new Date(at).toISOString()}>{formatDate(useLocale(), at)}</time>
)

/** A day and a time. */
export const DateTime = ({ at }: MomentProps) => (
  <time datetime={new Date(at).toISOString()}>{TIMES[useLocale()].format(at)}</time>
)
