import { createHash, randomBytes } from 'node:crypto'

/** How a person showed who he is. */
export type SignInMethod = 'password' | 'passkey' | 'totp' | 'recovery' | 'oidc' | 'enrolment'

/** A person who has signed in, at one browser. */
export interface Session {
  readonly id: string
  readonly personId: string
  /** For which organisation the person acts; null before one is chosen. */
  readonly organisationId: string | null
  /** What every form of this session carries. */
  readonly csrf: string
  /** Unix ms, as all times here. */
  readonly createdAt: number
  readonly lastSeenAt: number
  /** When a factor was last shown; null when none was since the sign-in. */
  readonly stepUpAt: number | null
  readonly methods: readonly SignInMethod[]
}

/** A session for the person's own eyes. */
export interface ListedSession extends Session {
  readonly ip: string
  readonly userAgent: string
}

/** Where a request comes from. */
export interface Origin {
  /** Textual IP address. */
  readonly ip: string
  readonly userAgent: string
}

/** A new session: the token goes into the cookie and is kept nowhere. */
export interface StartedSession {
  readonly token: string
  readonly session: Session
}

export const IDLE_MS = 30 * 60_000
export const ABSOLUTE_MS = 12 * 3_600_000
/** Last use is written at most this often; so much earlier a session may be taken for idle. */
export const SEEN_NOTED_EVERY_MS = 60_000

/** Whether a session is over, by either of its limits. A clock that was set back ends none. */
export function isOver(
  { createdAt, lastSeenAt }: { readonly createdAt: number; readonly lastSeenAt: number },
  now: number,
): boolean {
  return now - lastSeenAt >= IDLE_MS || now - createdAt >= ABSOLUTE_MS
}

const TOKEN = /^[\w-]{43}$/

/** 256 random bits: nobody can guess them, so a fast hash protects them well. */
export function makeToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of a token; undefined when the text is none of ours. */
export function digestToken(token: string): string | undefined {
  return TOKEN.test(token) ? sha256(token) : undefined
}

/** Hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
