import { randomBytes } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { AppError } from '../../errors.ts'

/** Hashes passwords off the event loop, few at a time. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** Costs the same whether there is a password or not: undefined is compared with another's. */
  verify(stored: string | undefined, password: string): Promise<boolean>
  /** Whether it was made with other parameters than today's. */
  isOutdated(stored: string): boolean
}

interface Argon2Parameters {
  /** KiB. */
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** The second recommended option of RFC 9106 §4 with one lane: 64 MiB, three passes. */
const PARAMETERS: Argon2Parameters = { memoryCost: 65_536, timeCost: 3, parallelism: 1 }
/** So many at once take 128 MiB, and leave two of Node's four threads to files. */
const AT_ONCE = 2
/** Who would wait longer than these take is asked to come again. */
const WAITING_MAX = 50

/**
 * Passwords by argon2id (RFC 9106), in the PHC form that names its parameters.
 *
 * @throws AppError `too-many-requests` from each, when too many wait.
 */
export function makePasswordHasher(parameters = PARAMETERS): PasswordHasher {
  const turn = makeTurns(AT_ONCE, WAITING_MAX)
  // Argon2id and version 1.3 are the package's own defaults, read back by `isOutdated`.
  const make = (password: string) => hash(password.normalize('NFC'), { ...parameters })
  let nobodys: Promise<string> | undefined
  return {
    hash: (password) => turn(() => make(password)),
    async verify(stored, password) {
      nobodys ??= make(randomBytes(32).toString('base64url'))
      const another = await nobodys
      const isRight = await turn(() => verify(stored ?? another, password.normalize('NFC')))
      return isRight && stored !== undefined
    },
    isOutdated(stored) {
      const { memoryCost, timeCost, parallelism } = parseOptions(stored)
      return (
        !stored.startsWith('$argon2id$v=19$') ||
        memoryCost !== parameters.memoryCost ||
        timeCost !== parameters.timeCost ||
        parallelism !== parameters.parallelism
      )
    },
  }
}

/** Lets so many run at once and so many wait, in the order they came. */
export function makeTurns(atOnce: number, waitingMax: number) {
  const waiting: (() => void)[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= waitingMax) {
        throw new AppError('too-many-requests', 'Many people sign in just now: try again soon.', {
          hints: { retryAfterSeconds: 5 },
        })
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      // Whoever waits takes the place over: `running` stays.
      if (next) next()
      else running -= 1
    }
  }
}
