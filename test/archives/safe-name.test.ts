import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldName, safeName } from '../../src/archives/safe-name.ts'

test.each([
  'a',
  'a.pdf',
  '2026/actes/délibération n° 12.pdf',
  'a b.pdf',
  '.hidden',
  '..a',
  'a..b',
  'console.pdf',
  'com10.pdf',
  'acte:2.pdf',
  'Délib 12 : budget ?.pdf',
  '日本語/文書.pdf',
  '😀.pdf',
  `${'a'.repeat(255)}/b`,
  'é'.repeat(127),
  Array.from({ length: 4 }, () => 'a'.repeat(255)).join('/'),
])('“%s” is a name', (name) => {
  expect(safeName(name)).toEqual({ name })
})

test.each([
  { name: '', reason: 'it is empty' },
  { name: '/', reason: 'it is absolute' },
  { name: '/etc/passwd', reason: 'it is absolute' },
  { name: '../a', reason: 'it has a part “.” or “..”' },
  { name: 'a/../../b', reason: 'it has a part “.” or “..”' },
  { name: 'a/..', reason: 'it has a part “.” or “..”' },
  { name: './a', reason: 'it has a part “.” or “..”' },
  { name: '.', reason: 'it has a part “.” or “..”' },
  { name: 'a//b', reason: 'it has an empty part' },
  { name: 'a/', reason: 'it has an empty part' },
  { name: 'a\\b', reason: 'it has a backslash' },
  { name: '..\\b', reason: 'it has a backslash' },
  { name: 'C:/a', reason: 'it begins with a drive letter' },
  { name: 'c:a', reason: 'it begins with a drive letter' },
  { name: 'a\0b', reason: 'it has control characters' },
  { name: 'a\nb', reason: 'it has control characters' },
  { name: 'a\x1b[2Jb', reason: 'it has control characters' },
  { name: 'a\x7f', reason: 'it has control characters' },
  { name: 'a\x85', reason: 'it has control characters' },
  { name: 'a\u2028b', reason: 'it has control characters' },
  { name: 'fdp.\u202Eexe', reason: 'it has control characters' },
  { name: 'a\ud800', reason: 'it has control characters' },
  { name: 'CON', reason: 'a part is a device of Windows' },
  { name: 'nul.pdf', reason: 'a part is a device of Windows' },
  { name: 'a/Aux.tar.gz/b', reason: 'a part is a device of Windows' },
  { name: 'com1 .pdf', reason: 'a part is a device of Windows' },
  { name: 'lpt³', reason: 'a part is a device of Windows' },
  { name: 'CONOUT$', reason: 'a part is a device of Windows' },
  { name: ' a', reason: 'a part begins or ends with a space' },
  { name: 'a /b', reason: 'a part begins or ends with a space' },
  { name: 'a\u00a0', reason: 'a part begins or ends with a space' },
  { name: 'a.', reason: 'a part ends with a dot' },
  { name: '...', reason: 'a part ends with a dot' },
  { name: 'a'.repeat(256), reason: 'a part has more than 255 bytes' },
  { name: 'é'.repeat(128), reason: 'a part has more than 255 bytes' },
  { name: `${'a/'.repeat(512)}b`, reason: 'it has more than 1024 bytes' },
])('$name is none: $reason', ({ name, reason }) => {
  expect(safeName(name)).toEqual({ reason })
})

test('a name that decomposes its accents is composed', () => {
  expect(safeName('de\u0301libe\u0301ration.pdf')).toEqual({ name: 'd\u00e9lib\u00e9ration.pdf' })
})

describe('for any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('.', '/', '\\', ' ', 'a', 'é', 'C', ':', '\0', 'con') }),
  )

  test('what is safe stays as it is, and names a path below the folder', () => {
    fc.assert(
      fc.property(text, (given) => {
        const checked = safeName(given)
        if ('reason' in checked) return
        expect(safeName(checked.name)).toEqual(checked)
        const url = new URL(
          `file:///folder/${checked.name.split('/').map(encodeURIComponent).join('/')}`,
        )
        expect(decodeURIComponent(url.pathname)).toBe(`/folder/${checked.name}`)
      }),
    )
  })

  test('folding is done once', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(foldName(foldName(given))).toBe(foldName(given))
      }),
    )
  })
})

test.each([
  { one: 'A.pdf', other: 'a.PDF' },
  { one: 'ÉTÉ', other: 'été' },
  { one: 'E\u0301', other: 'é' },
])('$one and $other may not stand side by side', ({ one, other }) => {
  expect(foldName(one)).toBe(foldName(other))
})
