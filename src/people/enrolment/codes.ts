import { createHmac, randomInt, timingSafeEqual } from 'node:crypto'

/** A code as it is kept: what was sent cannot be read from it. */
export interface KeptCode {
  /** HMAC of the code and of what it is for; null once used or used up. */
  readonly mac: string | null
  readonly sentAt: number
  readonly expiresAt: number
  /** How often it was guessed wrongly. */
  readonly tries: number
  /** How many were sent since `windowAt`. */
  readonly sends: number
  readonly windowAt: number
}

export type Channel = 'mail' | 'sms'

export const CODE_VALID_MS = 10 * 60_000
export const CODE_TRIES = 5
/** A code a minute, and five an hour. */
export const RESEND_AFTER_MS = 60_000
const WINDOW_MS = 3_600_000
const SENDS_IN_WINDOW = 5

/** Six digits, each code as likely as any other. */
export function makeCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0')
}

/** Bound to the enrolment, the channel and the address: good nowhere else. */
export function macOf(
  secret: Uint8Array,
  { code, ...bound }: { code: string; enrolmentId: string; channel: Channel; address: string },
): string {
  const text = [bound.enrolmentId, bound.channel, bound.address, code].join('\0')
  return createHmac('sha256', secret).update(`sceau/enrolment-code/v1\0${text}`).digest('hex')
}

export type CodeVerdict = 'right' | 'wrong' | 'expired' | 'used-up' | 'none'

/** What a guess is worth. Constant-time; a right code that came too late is not right. */
export function judgeCode(kept: KeptCode | undefined, mac: string, now: number): CodeVerdict {
  if (kept === undefined || kept.mac === null) return 'none'
  if (kept.tries >= CODE_TRIES) return 'used-up'
  if (now >= kept.expiresAt) return 'expired'
  return timingSafeEqual(Buffer.from(kept.mac, 'hex'), Buffer.from(mac, 'hex')) ? 'right' : 'wrong'
}

/** How long to wait before another may be sent, ms; 0 for not at all. */
export function waitBeforeSending(kept: KeptCode | undefined, now: number): number {
  if (kept === undefined) return 0
  const sinceLast = Math.max(0, kept.sentAt + RESEND_AFTER_MS - now)
  const isFull = kept.sends >= SENDS_IN_WINDOW && now - kept.windowAt < WINDOW_MS
  return isFull ? Math.max(sinceLast, kept.windowAt + WINDOW_MS - now) : sinceLast
}

/** The code that takes the place of the one before. */
export function nextCode(before: KeptCode | undefined, mac: string, now: number): KeptCode {
  const isSameWindow = before !== undefined && now - before.windowAt < WINDOW_MS
  return {
    mac,
    sentAt: now,
    expiresAt: now + CODE_VALID_MS,
    tries: 0,
    sends: isSameWindow ? before.sends + 1 : 1,
    windowAt: isSameWindow ? before.windowAt : now,
  }
}
