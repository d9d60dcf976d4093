import { en } from './en.ts'
import { fr, type Words } from './fr.ts'

export type Locale = 'fr' | 'en'

const WORDS: Record<Locale, Words> = { fr, en }

export function wordsOf(locale: Locale): Words {
  return WORDS[locale]
}
