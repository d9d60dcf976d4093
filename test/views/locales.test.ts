import { describe, expect, test } from 'vitest'
import { wordsOf } from '../../views/locales/locale.ts'

const fr: Readonly<Record<string, string>> = wordsOf('fr')
const en: Readonly<Record<string, string>> = wordsOf('en')

describe('the words of the interface', () => {
  test('are the same ones in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(fr).sort())
  })

  test.each(Object.keys(fr))('%s is translated', (key) => {
    expect(en[key]?.trim()).toBeTruthy()
    expect(fr[key]?.trim()).toBeTruthy()
    expect(en[key]).not.toBe(fr[key])
  })

  test.each(Object.entries(fr))('%s has French spaces and quotes', (_key, text) => {
    expect(text).not.toMatch(/ [?!;»]|« |["']/)
    expect(text).not.toMatch(/[^\u202f][?!;]/)
  })

  test.each(Object.entries(en))('%s has English quotes', (_key, text) => {
    expect(text).not.toMatch(/[«»"']/)
  })
})
