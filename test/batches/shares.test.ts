import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Contender, Shares } from '../../src/batches/shares.ts'
import { runs } from '../support/laws.ts'

function serve(shares: Shares, contenders: readonly Contender[], times: number): string[] {
  return Array.from({ length: times }, () => shares.next(contenders)?.id ?? '')
}

function count(served: readonly string[], id: string): number {
  return served.filter((one) => one === id).length
}

test('nobody is served when nobody is there', () => {
  expect(new Shares().next([])).toBeUndefined()
})

test('clients are served by their weights, whatever the number of their batches', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 })
  const batches = fc.integer({ min: 1, max: 5 })
  fc.assert(
    fc.property(weights, batches, (of, each) => {
      const contenders = of.flatMap((weight, client) =>
        Array.from({ length: each }, (_, i) => {
          return { id: `${client}/${i}`, clientId: String(client), weight }
        }),
      )
      const shares = new Shares()
      shares.admit(contenders)
      const all = of.reduce((sum, weight) => sum + weight, 0)
      const served = serve(shares, contenders, 50 * all)

      for (const [client, weight] of of.entries()) {
        const got = served.filter((id) => id.startsWith(`${client}/`)).length
        expect(Math.abs(got - 50 * weight)).toBeLessThanOrEqual(of.length * 20)
      }
    }),
    runs(50),
  )
})

test('the batches of a client take turns', () => {
  const contenders = ['a', 'b', 'c'].map((id) => ({ id, clientId: 'one', weight: 1 }))
  const shares = new Shares()
  shares.admit(contenders)

  expect(serve(shares, contenders, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
})

test('who comes later does not get what the others had before it came', () => {
  const old = { id: 'old', clientId: 'old', weight: 1 }
  const fresh = { id: 'fresh', clientId: 'fresh', weight: 1 }
  const shares = new Shares()
  shares.admit([old])
  serve(shares, [old], 1_000)
  shares.admit([old, fresh])

  const served = serve(shares, [old, fresh], 100)

  expect(count(served, 'fresh')).toBe(50)
})

test('what could not be given is given back', () => {
  const [a, b] = ['a', 'b'].map((id) => ({ id, clientId: id, weight: 1 }))
  if (a === undefined || b === undefined) throw new Error('there are two')
  const shares = new Shares()
  shares.admit([a, b])
  serve(shares, [a], 10)
  shares.giveBack(a, 10)

  expect(count(serve(shares, [a, b], 10), 'a')).toBe(5)
})
