import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findPasswordFault } from '../../../src/people/accounts/password-rules.ts'

const OWNER = { givenName: 'Élodie', familyName: 'de La Tour', email: 'e.latour42@cabinet.example' }

test.each([
  ['onze signes', 'too-short'],
  ['💶'.repeat(11), 'too-short'],
  ['x7'.repeat(101), 'too-long'],
  ['password1234', 'common'],
  ['MotDePasse2026!', 'common'],
  ['p4ssw0rd!!!!!', 'common'],
  ['123456789012345', 'common'],
  ['azertyazerty', 'common'],
  ['abcdefghijklmnop', 'common'],
  ['zzzzzzzzzzzzzz', 'common'],
  ['sceau-2026-11-24', 'common'],
  ['vive elodie pour toujours', 'about-you'],
  ['ÉLODIEpourtoujours', 'about-you'],
  ['mon adresse: latour42', 'about-you'],
  ['quatre chevaux gris au pré', undefined],
  ['xk7#Vq2m!pR9', undefined],
  // Parts of names too short to be meant.
  ['la mer est de sel gris', undefined],
] as const)('«%s» is %s', (password, fault) => {
  expect(findPasswordFault(password, OWNER)).toBe(fault)
})

test('whatever is typed gets an answer, and short passwords never pass', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const fault = findPasswordFault(text, OWNER)
      if ([...text].length < 12) expect(fault).toBe('too-short')
    }),
  )
})
