import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { cursorOn, parseAt } from '../../src/pdf/cursor.ts'
import { findSpan } from '../../src/pdf/find-span.ts'
import { parseDict, parseValue, type Span } from '../../src/pdf/parser.ts'
import { serialise } from '../../src/pdf/serialise.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { tokenOf } from '../../src/pdf/tokens.ts'
import { array, dict, name, type PdfValue, ref, string } from '../../src/pdf/values.ts'
import { runs } from '../support/laws.ts'

function parse(text: string): PdfValue {
  return parseValue(cursorOn(Buffer.from(text, 'latin1')))
}

const text = (value: string) => string(Uint8Array.from(Buffer.from(value, 'latin1')))

test.each<[string, PdfValue]>([
  ['null', null],
  ['true', true],
  ['+17', 17],
  ['-.002', -0.002],
  ['4.', 4],
  ['--5', -5],
  ['5-3', 5],
  ['.', 0],
  ['10000000000000000000', 1e19],
  ['12 0 R', ref(12)],
  ['12 3 R', ref(12, 3)],
  ['/Name', name('Name')],
  ['/A#20B#2f', name('A B/')],
  ['/A#zz', name('A#zz')],
  ['/', name('')],
  ['(a(b)c)', text('a(b)c')],
  ['(\\n\\r\\t\\b\\f\\(\\)\\\\\\x)', text('\n\r\t\b\f()\\x')],
  ['(\\101\\1017\\7)', text('AA7\x07')],
  ['(a\\\nb\\\r\nc\r\nd\re)', text('abc\nd\ne')],
  ['<48 65 6C6>', text('Hel`')],
  ['[1 2 0 R/A(b)<43>]', array([1, ref(2), name('A'), text('b'), text('C')])],
  ['[0 10000000000000000000]', array([0, 1e19])],
  ['[1 0 R 2]', array([ref(1), 2])],
  ['[1 0 2 R]', array([1, ref(0, 2)])],
  ['<</A 1/B<</C[ ]>>>>', dict({ A: 1, B: dict({ C: array([]) }) })],
  ['<< % >> a comment\n/A % another\n1 >>', dict({ A: 1 })],
])('%s is read as readers do', (source, expected) => {
  const parsed = parse(source)
  expect(serialise(parsed)).toBe(serialise(expected))
})

test.each<[string, PdfValue]>([
  ['<< /A 1 2 /B 3 >>', dict({ A: 1, B: 3 })],
  ['<< /A /B 1 /C >>', dict({ A: name('B'), C: null })],
  ['<< /A what /B 1 >>', dict({ A: null, B: 1 })],
  ['<< /A 1 /A 2 >>', dict({ A: 2 })],
  ['[<4g1>]', array([text('A')])],
])('%s is forgiven', (source, expected) => {
  const cursor = cursorOn(Buffer.from(source))
  expect(serialise(parseValue(cursor))).toBe(serialise(expected))
  expect(cursor.wasForgiving).toBe(true)
})

test.each<[string, string]>([
  ['nothing', ''],
  ['a string without end', '(open'],
  ['a hexadecimal string without end', '<48'],
  ['an array without end', '[1 2'],
  ['a dictionary without end', '<< /A 1'],
  ['a dictionary that would swallow the next object', '<< /A 1 endobj 2 0 obj << /B 2 >>'],
  ['a word', 'word'],
  ['a parenthesis', ')'],
  ['a brace', '}'],
  ['an end', '>>'],
  ['5,000 arrays in each other', '['.repeat(5_000)],
  ['5,000 dictionaries in each other', '<</A'.repeat(5_000)],
  ['300,000 items', `[${'1 '.repeat(300_000)}]`],
])('%s is refused', (_, source) => {
  expect(() => parse(source)).toThrow(AppError)
})

const simple = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((n) => n + 0),
  fc.string().map((raw) => name(Buffer.from(raw).toString('latin1'))),
  fc.uint8Array().map(string),
  fc
    .tuple(fc.nat(8_388_607), fc.nat(65_535))
    .map(([number, generation]) => ref(number, generation)),
)
const { value: anyValue } = fc.letrec<{ value: PdfValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    simple,
    fc.array(tie('value'), { maxLength: 5 }).map(array),
    fc.dictionary(fc.string({ unit: 'binary-ascii' }), tie('value'), { maxKeys: 5 }).map(dict),
  ),
}))

test('what is serialised is read back, octet for octet', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const written = serialise(value)
      expect(serialise(parse(written))).toBe(written)
    }),
    runs(500),
  )
})

test('numbers keep their value', () => {
  const numbers = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 })
  fc.assert(
    fc.property(numbers, (value) => {
      const written = serialise(value)
      expect(written).toMatch(/^-?\d+(\.\d+)?$/)
      expect(Number(parse(written))).toBeCloseTo(value, 15)
    }),
    runs(500),
  )
})

const FRAGMENTS = ['<<', '>>', '[', ']', '(', ')', '<', '>', '/', '%', '\\', ' 0 R', '\n', '/A']
const soup = fc.array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 4 })), {
  maxLength: 40,
})

test('a decimal number has the value that JavaScript gives it', () => {
  const decimal = fc.tuple(
    fc.constantFrom('', '+', '-'),
    fc.stringMatching(/^\d{0,9}$/),
    fc.constantFrom('', '.'),
    fc.stringMatching(/^\d{0,9}$/),
  )
  fc.assert(
    fc.property(decimal, (parts) => {
      const written = parts.join('')
      fc.pre(/\d/.test(written))
      expect(parse(written)).toBe(Number(written))
    }),
    runs(1_000),
  )
})

test('what is found of one key is what is parsed of all, in every dictionary that is taken', () => {
  const dictionary = fc.oneof(
    fc.dictionary(fc.string({ unit: 'binary-ascii' }), anyValue).map((all) => serialise(dict(all))),
    soup.map((parts) => `<<${parts.join('')}>>`),
  )
  fc.assert(
    fc.property(dictionary, (source) => {
      const bytes = Buffer.from(source, 'latin1')
      const spans = new Map<string, Span>()
      try {
        parseDict(cursorOn(bytes), 0, spans)
      } catch {
        return
      }
      for (const [key, span] of spans) expect(findSpan(bytes, key)).toEqual(span)
      expect(findSpan(bytes, 'no such key')).toBeUndefined()
    }),
    runs(3_000),
  )
})

test('any octets give a value or a refusal, and never move the cursor past their end', () => {
  fc.assert(
    fc.property(soup, (parts) => {
      const bytes = Buffer.from(parts.join(''), 'latin1')
      const cursor = cursorOn(bytes)
      try {
        parseValue(cursor)
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
      }
      expect(cursor.pos).toBeLessThanOrEqual(bytes.length)
    }),
    runs(2_000),
  )
})

test('a token is its octets, whatever was read before', () => {
  const octets = fc.uint8Array({ maxLength: 30 })
  fc.assert(
    fc.property(fc.array(octets, { maxLength: 200 }), (tokens) => {
      for (const token of tokens) {
        const bytes = Buffer.concat([Buffer.from('/'), token, Buffer.from(' ')])
        expect(tokenOf(bytes, 1, bytes.length - 1)).toBe(Buffer.from(token).toString('latin1'))
      }
    }),
    runs(200),
  )
})

test('a value is the same wherever the window ends', () => {
  const object = '<</A 10 0 R/B[(a\\)b)<4142>1.5 2 0 R true]/C/Name/D null>>'
  const whole = serialise(parse(object))
  for (let end = 4_096 - object.length - 2; end < 4_097; end += 1) {
    const bytes = Buffer.from(`${' '.repeat(end)}${object} ${'x'.repeat(40_000)}`)
    const source = { ...bytesSource(bytes), windowBytes: 4_096 }
    expect(serialise(parseAt(source, 0, parseValue))).toBe(whole)
  }
})
