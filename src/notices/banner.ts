import type { Locale } from '../../views/locales/locale.ts'
import { noticeWords } from '../../views/locales/notices.ts'

/** What every page must say while people cannot be told anything; undefined when mail is set up. */
export function noticesBanner({
  mail,
}: {
  readonly mail: object | undefined
}): Readonly<Record<Locale, string>> | undefined {
  if (mail !== undefined) return undefined
  return { fr: noticeWords.fr.banner, en: noticeWords.en.banner }
}
