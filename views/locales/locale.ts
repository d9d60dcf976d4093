import { en } from './en.ts'
import { fr, type Words } from './fr.ts'

export type Locale = 'fr' | 'en'

/** A text, a text with gaps, or a group of texts (the states of one thing, for instance). */
type Word = string | ((...gaps: never[]) => string) | { readonly [key: string]: Word }

type SameWords<Text> = {
  readonly [Key in keyof Text]: Text[Key] extends string
    ? string
    : Text[Key] extends (...gaps: never[]) => string
      ? Text[Key]
      : SameWords<Text[Key]>
}

/**
 * The words of one area: `words[locale].title`. French is the model; a key that English lacks or
 * has too many is an error of the compiler.
 */
export function bilingual<const Text extends { readonly [key: string]: Word }>(
  fr: Text,
  en: SameWords<Text>,
): Readonly<Record<Locale, SameWords<Text>>> {
  return { fr: sameWords(fr), en }
}

/** Forget the very letters of the French words: what matters to a page is that they are there. */
function sameWords<Text>(words: Text): SameWords<Text>
function sameWords(words: unknown): unknown {
  return words
}

const WORDS: Record<Locale, Words> = { fr, en }

export function wordsOf(locale: Locale): Words {
  return WORDS[locale]
}
