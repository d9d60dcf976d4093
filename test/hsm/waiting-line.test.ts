import { expect, test } from 'vitest'
import { type Turn, WaitingLine } from '../../hsm/waiting-line.ts'

interface Named extends Turn {
  readonly name: string
}

/** The order in which `names` come out; those that begin with b are of a batch. */
function order(names: readonly string[]): string[] {
  const line = new WaitingLine<Named>()
  for (const name of names) {
    line.push({ name, deadlineAt: 0, priority: name.startsWith('b') ? 'batch' : 'interactive' })
  }
  const out: string[] = []
  for (let next = line.shift(); next !== undefined; next = line.shift()) out.push(next.name)
  return out
}

test('those of one kind come in the order of asking', () => {
  expect(order(['i1', 'i2', 'i3'])).toEqual(['i1', 'i2', 'i3'])
  expect(order(['b1', 'b2', 'b3'])).toEqual(['b1', 'b2', 'b3'])
})

test('whoever a person waits for passes a batch', () => {
  expect(order(['b1', 'b2', 'i1', 'i2'])).toEqual(['i1', 'i2', 'b1', 'b2'])
})

test('a batch that waits has every ninth turn, so that it never starves', () => {
  const people = Array.from({ length: 20 }, (_, i) => `i${i}`)
  const turns = order(['b1', 'b2', 'b3', ...people])
  expect(turns.flatMap((name, i) => (name.startsWith('b') ? [i] : []))).toEqual([8, 17, 22])
  expect(turns).toHaveLength(23)
})

test('the length is of all who wait', () => {
  const line = new WaitingLine<Turn>()
  line.push({ deadlineAt: 0, priority: 'batch' })
  line.push({ deadlineAt: 0, priority: 'interactive' })
  expect(line.length).toBe(2)
  line.shift()
  expect(line.length).toBe(1)
})
