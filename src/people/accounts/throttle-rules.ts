import { isIPv6 } from 'node:net'
import { sha256 } from './model.ts'

/** How many failures are free, and how long the pauses are that double from then on. */
interface ThrottleRule {
  readonly free: number
  readonly firstMs: number
  readonly longestMs: number
}

const MINUTE_MS = 60_000

/** What is counted, each by its own key. */
export const THROTTLES = {
  /** One address at one account: somebody who mistypes, or guesses. */
  pair: { free: 5, firstMs: 30_000, longestMs: 60 * MINUTE_MS },
  /** One address at all accounts: one password tried on many. Offices share an address. */
  address: { free: 30, firstMs: 30_000, longestMs: 15 * MINUTE_MS },
  /** All addresses at one account: the account is locked but for passkeys. */
  account: { free: 10, firstMs: 15 * MINUTE_MS, longestMs: 4 * 60 * MINUTE_MS },
  /** Codes of the second factor, by who has shown the password. */
  factor: { free: 5, firstMs: 30_000, longestMs: 60 * MINUTE_MS },
} as const satisfies Readonly<Record<string, ThrottleRule>>

type ThrottleKind = keyof typeof THROTTLES

/** Failures count until a day has passed without one. */
export const FORGET_MS = 24 * 60 * MINUTE_MS

/** @returns How long the next attempt waits after so many failures. */
export function pauseMs({ free, firstMs, longestMs }: ThrottleRule, failures: number): number {
  if (failures < free) return 0
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - free, 30))
}

/** What an attempt is counted under. */
export interface Counted {
  readonly kind: ThrottleKind
  readonly id: string
}

/** The three counts of a password: alike for accounts that exist and for those that do not. */
export function countsOfPassword(ip: string, email: string): Counted[] {
  const network = networkOf(ip)
  return [
    counted('pair', `${network}\0${email}`),
    counted('address', network),
    counted('account', email),
  ]
}

export function countsOfFactor(personId: string): Counted[] {
  return [counted('factor', personId)]
}

/** What the administrator asks of one account. */
export function countOfAccount(email: string): Counted {
  return counted('account', email)
}

function counted(kind: ThrottleKind, what: string): Counted {
  return { kind, id: sha256(`${kind}\0${what}`) }
}

/** An IPv6 subscriber has a whole /64 to come from (RFC 6177 §2). */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail] = (ip.split('%')[0] ?? '').toLowerCase().split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
