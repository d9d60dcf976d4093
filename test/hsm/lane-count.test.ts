import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { lanesFor } from '../../hsm/lane-count.ts'

const cores = availableParallelism()

test.each([
  { name: 'a library on this machine', roundTripMs: 0.004, lanes: cores },
  { name: 'one that cannot be measured', roundTripMs: undefined, lanes: cores },
  { name: 'a network HSM', roundTripMs: 0.9, lanes: 16 },
  { name: 'a network HSM with few sessions', roundTripMs: 0.9, sessionsMax: 8, lanes: 7 },
  { name: 'a token with one session', roundTripMs: 0.004, sessionsMax: 1, lanes: 1 },
  { name: 'what the operator wants', roundTripMs: 0.9, configured: 30, lanes: 30 },
  { name: 'more than there may be', roundTripMs: 0.9, configured: 200, lanes: 64 },
  { name: 'more than the token has', configured: 30, roundTripMs: 0.9, sessionsMax: 4, lanes: 3 },
])('$name gets $lanes lanes', ({ roundTripMs, sessionsMax, configured, lanes }) => {
  expect(lanesFor({ token: { sessionsMax }, roundTripMs }, configured)).toBe(lanes)
})
