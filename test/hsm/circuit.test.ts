import { expect, test } from 'vitest'
import { Circuit } from '../../hsm/circuit.ts'

const random = 0

test('what was never tried is not used, and may be tried at once', () => {
  const circuit = new Circuit()
  expect(circuit.isClosed).toBe(false)
  expect(circuit.isDue(1)).toBe(true)
})

test('what fails again and again is tried ever more rarely', () => {
  const circuit = new Circuit()
  circuit.close(0)
  const waits = Array.from({ length: 12 }, () => {
    circuit.fail(100, random)
    return (circuit.retryAt ?? 0) - 100
  })
  expect(waits.slice(0, 4)).toEqual([0, 125, 250, 500])
  expect(waits.at(-1)).toBe(15_000)
  expect(circuit.isHopeful).toBe(false)
})

test('what works is used, and what has worked for long is tried at once when it fails', () => {
  const circuit = new Circuit()
  for (let i = 0; i < 5; i++) circuit.fail(0, random)
  circuit.close(1_000)
  expect(circuit.isClosed).toBe(true)
  expect(circuit.isDue(2_000)).toBe(false)
  circuit.fail(100_000, random)
  expect(circuit.retryAt).toBe(100_000)
  expect(circuit.isHopeful).toBe(true)
})
