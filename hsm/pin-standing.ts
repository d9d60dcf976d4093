import pkcs11 from 'pkcs11js'

/** What is known of the PIN before the token is asked. */
export interface PinStanding {
  /** The token has taken this PIN before. */
  readonly isProven: boolean
  /** This PIN was tried, and the guard died before the token's answer was known. */
  readonly isUnsettled: boolean
}

/**
 * May this PIN be tried on a token that shows these flags (PKCS#11 v2.40 §3.2, CK_TOKEN_INFO)?
 * Tokens lock after a few wrong ones, and only their officer can mend that.
 *
 * @returns What an operator has to do first, or undefined if nothing speaks against a login.
 */
export function objectionToLogin(
  flags: number,
  { isProven, isUnsettled }: PinStanding,
): string | undefined {
  if ((flags & pkcs11.CKF_USER_PIN_LOCKED) !== 0) {
    return "The token's PIN is locked. Its security officer must unlock it; then restart the guard."
  }
  if ((flags & pkcs11.CKF_USER_PIN_INITIALIZED) === 0) {
    return 'The token has no user PIN yet. Its security officer must set one; then restart the guard.'
  }
  if (isProven) return undefined
  if ((flags & pkcs11.CKF_USER_PIN_FINAL_TRY) !== 0) {
    return 'One more wrong PIN would lock the token, so none is tried. Log in once by hand with the right PIN, then restart the guard.'
  }
  if (isUnsettled && (flags & pkcs11.CKF_USER_PIN_COUNT_LOW) !== 0) {
    return 'The guard ended while it tried its PIN, and the token counts a wrong one. Check the PIN file, then restart the guard.'
  }
  return undefined
}
