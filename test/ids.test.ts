import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeIdMaker } from '../src/ids.ts'
import { runs } from './support/laws.ts'

const AT = Date.UTC(2026, 10, 24, 12)
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('an id is a UUID of version 7 that begins with its time', () => {
  const id = makeIdMaker()(AT)

  expect(id).toMatch(UUID_V7)
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(AT)
})

test('ids of one maker rise, whatever the clock does', () => {
  const times = fc.array(fc.integer({ min: AT, max: AT + 3 }), { minLength: 2, maxLength: 100 })
  fc.assert(
    fc.property(times, (clock) => {
      const ids = clock.map(makeIdMaker())

      expect(ids.toSorted()).toEqual(ids)
      expect(new Set(ids).size).toBe(ids.length)
      for (const id of ids) expect(id).toMatch(UUID_V7)
    }),
    runs(100),
  )
})

test('ten thousand ids of one millisecond rise too', () => {
  const makeId = makeIdMaker()
  const ids = Array.from({ length: 10_000 }, () => makeId(AT))

  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(10_000)
  expect(ids.every((id) => UUID_V7.test(id))).toBe(true)
})

test('two makers make different ids', () => {
  expect(makeIdMaker()(AT)).not.toBe(makeIdMaker()(AT))
})
