import type { Ways } from './account-store.ts'

/** Whether a person can still sign in with what he has. Recovery codes run out: they do not count. */
export function isWayIn({ password, totp, passkeys, oidc }: Ways): boolean {
  return passkeys > 0 || oidc > 0 || (password && totp)
}

/** Whether a person has a factor that is more than something known. */
export function hasStrongFactor({ totp, passkeys }: Ways): boolean {
  return totp || passkeys > 0
}

/** How a page knows that a removal would have taken the last way in. */
export const LAST_WAY = { hints: { fault: 'last-way' } } as const
