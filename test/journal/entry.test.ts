import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chainEntries, decodeDetail, encodeDetail, hashEntry } from '../../src/journal/entry.ts'

const ENTRY = {
  at: 1_795_521_600_000,
  actor: 'client:ged',
  action: 'document.sealed',
  subject: 'op-1',
  detail: { seal: 'conseil', pages: 3, visible: true, note: null },
}

describe('the hash of an entry', () => {
  test('is SHA-256 of the domain and the canonical JSON, as docs/JOURNAL.md says', () => {
    const json =
      '{"action":"document.sealed","actor":"client:ged","at":1795521600000,' +
      '"detail":{"note":null,"pages":3,"seal":"conseil","visible":true},' +
      '"previousHash":"00ff","seq":7,"subject":"op-1"}'

    const hash = hashEntry({ ...ENTRY, seq: 7, previousHash: '00ff' })

    expect(hash).toBe(createHash('sha256').update(`sceau/journal/v1\0${json}`).digest('hex'))
  })

  test('does not depend on the order of members', () => {
    const turned = Object.fromEntries(Object.entries(ENTRY.detail).reverse())

    expect(hashEntry({ previousHash: '', seq: 1, ...ENTRY, detail: turned })).toBe(
      hashEntry({ ...ENTRY, seq: 1, previousHash: '' }),
    )
  })

  test.each([
    { seq: 2 },
    { at: ENTRY.at + 1 },
    { actor: 'client:ge' },
    { action: 'document.sealedo' },
    { subject: 'op-2' },
    { previousHash: '0' },
    { detail: { ...ENTRY.detail, pages: 4 } },
    { detail: { ...ENTRY.detail, pages: '3' } },
    { detail: { ...ENTRY.detail, more: '' } },
  ])('changes with %j', (change) => {
    const entry = { ...ENTRY, seq: 1, previousHash: '' }

    expect(hashEntry({ ...entry, ...change })).not.toBe(hashEntry(entry))
  })
})

describe('a detail', () => {
  const detail = fc.dictionary(
    fc.string({ unit: 'grapheme' }),
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
  )

  test('comes back from its encoding', () => {
    fc.assert(
      fc.property(detail, (value) => {
        const json = encodeDetail(value)
        const decoded = decodeDetail(json)
        expect(decoded).toBeDefined()
        expect(encodeDetail(decoded ?? {})).toBe(json)
      }),
    )
  })

  test.each(['', '{', '{"a": 1}', '{"b":1,"a":2}', '{"a":1,"a":1}', '{"a":1.0}', '"\\ud800"'])(
    'is not taken from %j, which nobody encoded',
    (json) => {
      expect(decodeDetail(json)).toBeUndefined()
    },
  )

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
