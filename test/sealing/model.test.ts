import { expect, test } from 'vitest'
import { sealLines } from '../../src/engine/seal-content.ts'
import { refusalError } from '../../src/sealing/model.ts'

const SEAL = { organisation: 'Conseil d’essai' }

test.each([
  { at: '2026-07-14T10:05:00Z', line: 'Le 14 juillet 2026 à 12:05 (heure de Paris)' },
  { at: '2026-12-31T23:30:00Z', line: 'Le 1er janvier 2027 à 00:30 (heure de Paris)' },
])('a visible seal tells $at in the time of Paris', ({ at, line }) => {
  expect(sealLines(SEAL, { level: 'B-B' }, Date.parse(at))).toEqual([
    'Scellé par Conseil d’essai',
    line,
  ])
})

test.each([
  { because: 'no-delegation', code: 'delegation-required' },
  { because: 'not-yet-valid', code: 'delegation-required' },
  { because: 'suspended', code: 'delegation-required' },
  { because: 'ended', code: 'delegation-expired' },
  { because: 'not-own', code: 'not-authorised' },
] as const)('«$because» is told as $code', ({ because, code }) => {
  expect(refusalError(because, { sealId: 'x' })).toMatchObject({ code, hints: { sealId: 'x' } })
})
