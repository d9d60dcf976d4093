import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  chainEntries,
  decodeDetail,
  encodeDetail,
  encodeEntry,
  hashEntry,
} from '../../src/journal/entry.ts'
import { runs } from '../support/laws.ts'

const ENTRY = {
  at: 1_795_521_600_000,
  actor: 'client:ged',
  action: 'document.sealed',
  subject: 'op-1',
  detail: { seal: 'conseil', pages: 3, visible: true, note: null },
}
const { detail: DETAIL, ...HEAD } = ENTRY
const PLACED = { ...HEAD, seq: 7, detailJson: encodeDetail(DETAIL), previousHash: '00ff' }

const detailArbitrary = fc.dictionary(
  fc.string({ unit: 'grapheme' }),
  fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  ),
)

describe('the hash of an entry', () => {
  test('is SHA-256 of the domain and the canonical JSON, as docs/JOURNAL.md says', () => {
    const json =
      '{"action":"document.sealed","actor":"client:ged","at":1795521600000,' +
      '"detail":{"note":null,"pages":3,"seal":"conseil","visible":true},' +
      '"previousHash":"00ff","seq":7,"subject":"op-1"}'

    expect(encodeEntry(PLACED)).toBe(json)
    expect(hashEntry(PLACED)).toBe(
      createHash('sha256').update(`sceau/journal/v1\0${json}`).digest('hex'),
    )
  })

  test('is made of the canonical JSON of all its members, whatever stands in them', () => {
    const text = fc.string({ unit: 'grapheme' })
    const entry = fc.record({
      ...{ seq: fc.nat(), at: fc.nat(), actor: text, action: text, subject: text },
      ...{ previousHash: text, detail: detailArbitrary },
    })
    fc.assert(
      fc.property(entry, ({ detail, ...members }) => {
        const detailJson = encodeDetail(detail)

        expect(encodeEntry({ ...members, detailJson })).toBe(canonicalize({ ...members, detail }))
      }),
      runs(300),
    )
  })

  test.each([
    { actor: 'client:\ud800' },
    { subject: '\udc00' },
    { action: '\ud83d.sealed' },
    { at: Number.NaN },
  ])('is refused to what has no canonical JSON: %j', (change) => {
    expect(() => hashEntry({ ...PLACED, ...change })).toThrow()
  })

  test.each([
    { seq: 2 },
    { at: ENTRY.at + 1 },
    { actor: 'client:ge' },
    { action: 'document.sealedo' },
    { subject: 'op-2' },
    { previousHash: '0' },
    { detailJson: encodeDetail({ ...DETAIL, pages: 4 }) },
    { detailJson: encodeDetail({ ...DETAIL, pages: '3' }) },
    { detailJson: encodeDetail({ ...DETAIL, more: '' }) },
  ])('changes with %j', (change) => {
    expect(hashEntry({ ...PLACED, ...change })).not.toBe(hashEntry(PLACED))
  })
})

describe('a detail', () => {
  test('comes back from its encoding', () => {
    fc.assert(
      fc.property(detailArbitrary, (value) => {
        const json = encodeDetail(value)
        const decoded = decodeDetail(json)
        expect(decoded).toBeDefined()
        expect(encodeDetail(decoded ?? {})).toBe(json)
      }),
    )
  })

  test.each([
    '',
    '{',
    '{"a": 1}',
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":1.0}',
    '"\\ud800"',
    '{"a":"\\ud800"}',
    '{"a":-0}',
  ])('is not taken from %j, which nobody encoded', (json) => {
    expect(decodeDetail(json)).toBeUndefined()
  })

  test.each([
    '{"a":"\\\\ud800"}',
    '{"10":1,"9":2}',
    '{"__proto__":1}',
    '{"a":{"b":1}}',
    '{"":""}',
    '{}',
    '{"é":1,"\ue000":2}',
  ])('is taken from %j, which is canonical', (json) => {
    expect(canonicalize(JSON.parse(json))).toBe(json)
    expect(decodeDetail(json)).toEqual(JSON.parse(json))
  })

  test('with a number that JSON cannot hold is refused', () => {
    expect(() => encodeDetail({ rate: Number.NaN })).toThrow()
  })
})

describe('a chain', () => {
  test('counts on from its head, each entry naming the hash of the one before', () => {
    const chain = chainEntries({ seq: 41, hash: 'abcd' }, [ENTRY, ENTRY, ENTRY])

    expect(chain.map(({ seq }) => seq)).toEqual([42, 43, 44])
    expect(chain.map(({ previousHash }) => previousHash)).toEqual([
      'abcd',
      chain[0]?.hash,
      chain[1]?.hash,
    ])
    for (const { hash, ...entry } of chain) expect(hashEntry(entry)).toBe(hash)
  })

  test('of two lots is the chain of both at once', () => {
    const whole = chainEntries({ seq: 0, hash: '' }, [ENTRY, ENTRY, ENTRY])
    const [first, ...rest] = whole

    expect(chainEntries(first ?? { seq: 0, hash: '' }, [ENTRY, ENTRY])).toEqual(rest)
  })
})
