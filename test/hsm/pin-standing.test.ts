import pkcs11 from 'pkcs11js'
import { describe, expect, test } from 'vitest'
import { objectionToLogin } from '../../hsm/pin-standing.ts'

describe('before a login', () => {
  const { CKF_USER_PIN_INITIALIZED, CKF_USER_PIN_COUNT_LOW } = pkcs11
  const { CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED } = pkcs11
  const isNew = { isProven: false, isUnsettled: false }
  const isProven = { isProven: true, isUnsettled: false }
  const isUnsettled = { isProven: false, isUnsettled: true }

  test.each([
    { name: 'a good token', flags: 0, standing: isNew, objects: false },
    {
      name: 'one wrong PIN counted',
      flags: CKF_USER_PIN_COUNT_LOW,
      standing: isNew,
      objects: false,
    },
    { name: 'the last try', flags: CKF_USER_PIN_FINAL_TRY, standing: isNew, objects: true },
    {
      name: 'the last try, a proven PIN',
      flags: CKF_USER_PIN_FINAL_TRY,
      standing: isProven,
      objects: false,
    },
    { name: 'a locked PIN', flags: CKF_USER_PIN_LOCKED, standing: isProven, objects: true },
    { name: 'an unsettled try', flags: 0, standing: isUnsettled, objects: false },
    {
      name: 'an unsettled try that counted',
      flags: CKF_USER_PIN_COUNT_LOW,
      standing: isUnsettled,
      objects: true,
    },
  ])('$name: an objection is $objects', ({ flags, standing, objects }) => {
    const objection = objectionToLogin(flags | CKF_USER_PIN_INITIALIZED, standing)
    expect(objection !== undefined).toBe(objects)
  })

  test('a token without a user PIN is none to log into', () => {
    expect(objectionToLogin(0, isProven)).toContain('no user PIN')
  })
})
