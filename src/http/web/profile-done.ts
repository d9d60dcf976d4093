import type { Context } from 'hono'
import type { ProfileDone } from '../../../views/locales/profile.ts'
import { AppError } from '../../errors.ts'
import type { SignedInEnv } from './web-env.ts'

/** Back to the profile, which says what was done. */
export function toProfile(c: Context<SignedInEnv>, done: ProfileDone): Response {
  return c.redirect(`/profile?done=${done}`, 303)
}

/**
 * What a service found wrong with what was asked, by the name it gives for pages.
 *
 * @throws what is no refusal of that kind.
 */
export function faultOf(error: unknown): string {
  if (error instanceof AppError && typeof error.hints.fault === 'string') return error.hints.fault
  throw error
}
