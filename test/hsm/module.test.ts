import { describe, expect, test } from 'vitest'
import { type FoundToken, selectToken } from '../../hsm/module.ts'

describe('a token is selected', () => {
  const token = (label: string, serial: string, slotNumber: string): FoundToken => ({
    ...{ label, serial, slotNumber, slot: new Uint8Array(8) },
    ...{ model: '', manufacturer: '', flags: 0, sessionsMax: undefined },
  })
  const tokens = [token('sceau', '0a', '77'), token('twin', '0b', '1'), token('twin', '0c', '99')]

  test.each([
    ['sceau', '0a'],
    ['serial:0b', '0b'],
    ['slot:99', '0c'],
    ['slot:1', '0b'],
    ['slot:0', '0a'],
  ])('by %s', (selector, serial) => {
    expect(selectToken(tokens, selector).serial).toBe(serial)
  })

  test.each([
    ['nobody', 'No token nobody is there. Found: sceau (serial:0a)'],
    ['twin', '2 tokens match twin'],
    ['slot:5', 'No token slot:5'],
  ])('not by %s', (selector, message) => {
    expect(() => selectToken(tokens, selector)).toThrow(message)
  })
})
