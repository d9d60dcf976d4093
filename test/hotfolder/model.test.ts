import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { isDocumentsFault, isIgnored, namesFor } from '../../src/hotfolder/model.ts'
import { runs } from '../support/laws.ts'

const itemOf = (name: string) => ({ id: 'the-id', name, dir: '', path: '' })
const firstNames = (name: string, count: number) => [...namesFor(itemOf(name))].slice(0, count)

describe('a file of `in`', () => {
  test.each([
    ...['.hidden', '.pdf', 'a.pdf.part', 'a.PART', 'a.tmp', 'a.pdf.filepart', 'a.pdf~'],
    ...['a.partial', 'a.pdf.crdownload'],
  ])('%s is not for us, or not yet', (name) => {
    expect(isIgnored(name)).toBe(true)
  })

  test.each(['a.pdf', 'part', 'a.tmp.pdf', 'sans extension', '~a.pdf', 'a.part.pdf'])(
    '%s is for us',
    (name) => {
      expect(isIgnored(name)).toBe(false)
    },
  )
})

describe('names of results', () => {
  test.each([
    { name: 'a.pdf', names: ['a.pdf', 'a (2).pdf', 'a (3).pdf'] },
    { name: 'a', names: ['a', 'a (2)'] },
    { name: 'a.b.pdf', names: ['a.b.pdf', 'a.b (2).pdf'] },
    { name: 'a.', names: ['a.', 'a (2).'] },
    { name: `a.${'x'.repeat(40)}`, names: [`a.${'x'.repeat(40)}`, `a.${'x'.repeat(40)} (2)`] },
  ])('$name', ({ name, names }) => {
    expect(firstNames(name, names.length)).toEqual(names)
  })

  test('end with the id, after a hundred', () => {
    const names = [...namesFor(itemOf('a.pdf'))]

    expect(names).toHaveLength(100)
    expect(names.at(-1)).toBe('a (the-id).pdf')
  })

  test('are all different and none is too long for a file system', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 255 })
      .filter((text) => Buffer.byteLength(text) <= 255)
    fc.assert(
      fc.property(name, (given) => {
        const names = [...namesFor(itemOf(given), 13)]
        expect(new Set(names).size).toBe(names.length)
        for (const one of names) expect(Buffer.byteLength(one)).toBeLessThanOrEqual(242)
        for (const one of names) expect(Buffer.from(one).toString()).toBe(one)
      }),
      runs(200),
    )
  })
})

test.each([
  { code: 'not-a-pdf', isIts: true },
  { code: 'pdf-encrypted', isIts: true },
  { code: 'hsm-unavailable', isIts: false },
  { code: 'seal-suspended', isIts: false },
  { code: 'delegation-expired', isIts: false },
  { code: 'storage-full', isIts: false },
] as const)('$code is the fault of the document: $isIts', ({ code, isIts }) => {
  expect(isDocumentsFault(new AppError(code, ''))).toBe(isIts)
  expect(isDocumentsFault(new Error(code))).toBe(false)
})
