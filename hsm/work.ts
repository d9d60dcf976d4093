import { SESSION_WORK } from './session-work.ts'
import { TOKEN_WORK } from './token-work.ts'

/** Everything a thread can be asked to do, with what it takes and what it gives. */
export const WORK = { ...SESSION_WORK, ...TOKEN_WORK }

type Work = typeof WORK
export type WorkName = keyof Work
export type WorkRequest<Name extends WorkName> =
  Parameters<Work[Name]> extends [unknown, infer Request] ? Request : undefined
export type WorkResult<Name extends WorkName> = ReturnType<Work[Name]>
