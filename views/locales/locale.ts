import { en } from './en.ts'
import { fr } from './fr.ts'

export type Locale = 'fr' | 'en'

/** The words of the interface. French is the model: English must have the same keys. */
export type Words = { readonly [Key in keyof typeof fr]: string }

const WORDS: Record<Locale, Words> = { fr, en }

export function wordsOf(locale: Locale): Words {
  return WORDS[locale]
}
