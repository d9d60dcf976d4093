import pkcs11 from 'pkcs11js'
import { handle } from './module.ts'
import type { SessionContext } from './objects.ts'
import { Pkcs11Failure } from './return-values.ts'

/** Session states in which private keys can be seen, PKCS#11 v2.40 §3.3 (CK_STATE). */
const USER_STATES: ReadonlySet<number> = new Set([
  1, // CKS_RO_USER_FUNCTIONS
  3, // CKS_RW_USER_FUNCTIONS
])

/**
 * Without a login a token hides its private keys: «there is none» would be said of keys that are
 * there, and a new key would be made over an old one.
 *
 * @throws Pkcs11Failure CKR_USER_NOT_LOGGED_IN
 */
export function requireLogin({ library, session }: SessionContext): void {
  if (USER_STATES.has(library.C_GetSessionInfo(handle(session)).state)) return
  throw new Pkcs11Failure({
    returnValue: 'CKR_USER_NOT_LOGGED_IN',
    value: pkcs11.CKR_USER_NOT_LOGGED_IN,
    method: 'C_GetSessionInfo',
  })
}
