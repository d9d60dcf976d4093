import { expect, test } from 'vitest'
import { endOf, PROFILES, type ProfileName, yearsAfter } from '../../src/pki/profiles.ts'

test('only CAs may sign certificates and lists, and they nothing else', () => {
  for (const { ca, keyUsage } of Object.values(PROFILES)) {
    const isForCas = keyUsage.some((bit) => bit === 5 || bit === 6)
    expect(isForCas).toBe(ca !== undefined)
    if (ca !== undefined) expect(keyUsage).toEqual([5, 6])
  }
})

const ISSUED: readonly ProfileName[] = ['seal', 'person', 'tls', 'ocsp', 'tsa']

test('no kind lives longer than the kind that issues it', () => {
  const from = Date.UTC(2026, 10, 24)

  expect(endOf('issuing-ca', from)).toBeLessThan(endOf('root-ca', from))
  for (const name of ISSUED) {
    expect(endOf(name, from)).toBeLessThan(endOf('issuing-ca', from))
  }
})

test.each([
  { from: '2026-11-24T12:34:56Z', years: 3, to: '2029-11-24T12:34:56.000Z' },
  { from: '2024-02-29T00:00:00Z', years: 1, to: '2025-03-01T00:00:00.000Z' },
  { from: '2024-02-29T00:00:00Z', years: 4, to: '2028-02-29T00:00:00.000Z' },
  { from: '2026-12-31T23:59:59Z', years: 20, to: '2046-12-31T23:59:59.000Z' },
])('$years years after $from is $to', ({ from, years, to }) => {
  expect(new Date(yearsAfter(Date.parse(from), years)).toISOString()).toBe(to)
})
