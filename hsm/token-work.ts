import { GuardError } from './errors.ts'
import { type FoundToken, type ModuleInfo, type Pkcs11Module, selectToken } from './module.ts'
import type { SessionContext } from './objects.ts'
import { objectionToLogin, type PinStanding } from './pin-standing.ts'

export interface OpenRequest {
  readonly selector: string
  readonly pin: string
  readonly standing: PinStanding
}

export interface OpenedToken {
  readonly token: FoundToken
  readonly module: ModuleInfo
  /** The session that logged in; as long as one is open, the login stays. */
  readonly session: Uint8Array
  /** Undefined if it could not be measured. */
  readonly roundTripMs: number | undefined
}

export interface TokenContext extends SessionContext {
  readonly module: Pkcs11Module
}

/**
 * What concerns the token as a whole. Any thread may do it, since the library's state belongs to
 * the process; `open` and `finalize` only while no other thread is inside the library.
 */
export const TOKEN_WORK = {
  /**
   * Initialise the library anew, find the token by its name, log in.
   *
   * @throws GuardError `unavailable` if the token is not there; `pin-refused` if its state forbids
   * a try, which then was not made.
   * @throws Pkcs11Failure
   */
  open: ({ module }: TokenContext, { selector, pin, standing }: OpenRequest): OpenedToken => {
    module.initialize()
    const token = selectToken(module.listTokens(), selector)
    const objection = objectionToLogin(token.flags, standing)
    if (objection !== undefined) throw new GuardError('pin-refused', objection)
    const session = module.openSession(token.slot)
    module.login(session, pin)
    const roundTripMs = module.measureRoundTrip(session)
    return { token, module: module.info(), session, roundTripMs }
  },

  isInitialized: ({ module }: TokenContext): boolean => module.isInitialized(),

  login: ({ module, session }: TokenContext, { pin }: { pin: string }): void =>
    module.login(session, pin),

  openSession: ({ module }: TokenContext, { slot }: { slot: Uint8Array }): Uint8Array =>
    module.openSession(slot),

  closeSession: ({ module, session }: TokenContext): void => module.closeSession(session),

  finalize: ({ module }: TokenContext): void => module.finalize(),
}
