import { AppError } from '../errors.ts'
import type { GuardAccess } from '../guard-access.ts'

/**
 * The guard of an appliance whose HSM may not be configured, or not be there, yet. Whoever needs it
 * asks for it, and each asking tries again.
 */
export interface GuardSlot {
  /** @throws AppError when it cannot be reached or started, with what is to be mended. */
  get(): Promise<GuardAccess>
  close(): Promise<void>
}

/** @param open - Reaches or starts the guard, once it can be. */
export function makeGuardSlot(open: () => Promise<GuardAccess>): GuardSlot {
  let opened: Promise<GuardAccess> | undefined
  return {
    async get() {
      const attempt = opened ?? open()
      opened = attempt
      try {
        return await attempt
      } catch (error) {
        if (opened === attempt) opened = undefined
        throw asProblem(error)
      }
    },
    async close() {
      const guard = await opened?.catch(() => undefined)
      await guard?.close()
    },
  }
}

/** What hinders the guard is for the person at the wizard, who is the operator. */
function asProblem(error: unknown): AppError {
  if (error instanceof AppError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new AppError('hsm-unavailable', message, { cause: error })
}
