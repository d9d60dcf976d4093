import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { wordsOf } from '../../views/locales/locale.ts'

/** The texts of a dictionary by their keys; a text with gaps is filled with numbers. */
function textsOf(words: unknown, prefix = ''): [key: string, text: string][] {
  if (typeof words === 'string') return [[prefix, words]]
  if (typeof words === 'function') return [[prefix, String(words(2, 3, 4))]]
  if (typeof words !== 'object' || words === null) return []
  return Object.entries(words).flatMap(([key, inner]) =>
    textsOf(inner, prefix === '' ? key : `${prefix}.${key}`),
  )
}

/** Every dictionary of every area, whoever wrote it. */
const areas: { area: string; fr: unknown; en: unknown }[] = []
for (const folder of ['locales', 'mail']) {
  const dir = new URL(`../../views/${folder}/`, import.meta.url)
  for (const file of readdirSync(dir)) {
    const exported: Record<string, unknown> = await import(new URL(file, dir).href)
    for (const [name, words] of Object.entries(exported)) {
      if (typeof words !== 'object' || words === null || !('fr' in words && 'en' in words)) continue
      areas.push({ area: `${folder}/${file} ${name}`, fr: words.fr, en: words.en })
    }
  }
}
areas.push({ area: 'locales/fr.ts and en.ts', fr: wordsOf('fr'), en: wordsOf('en') })

test('the areas are found', () => {
  expect(areas.length).toBeGreaterThan(5)
})

describe.each(areas)('$area', ({ fr, en }) => {
  const french = textsOf(fr)
  const english = textsOf(en)

  test('has the same words in both languages', () => {
    expect(english.map(([key]) => key).sort()).toEqual(french.map(([key]) => key).sort())
    expect([...french, ...english].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  test('is translated: what is the same in both languages is one word', () => {
    const other = new Map(english)
    const same = french.filter(([key, text]) => other.get(key) === text)

    expect(same.filter(([, text]) => /\p{L}{2,}\s+\p{L}{2,}/u.test(text))).toEqual([])
  })

  test('has French spaces and quotes', () => {
    const wrong = french.filter(([, text]) =>
      /[ \w][?!;»]|« |«\w|[\p{L}\d] :|["]|\p{L}'\p{L}/u.test(text.replace(/https?:\S+/g, '')),
    )

    expect(wrong).toEqual([])
  })

  test('has English quotes', () => {
    expect(english.filter(([, text]) => /[«»"]|\p{L}'\p{L}/u.test(text))).toEqual([])
  })
})
