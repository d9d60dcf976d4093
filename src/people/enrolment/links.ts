import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits in base64url. */
export const LINK_TOKEN = /^[\w-]{43}$/

export function makeLinkToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of a token: it has too many bits to be guessed from it. */
export function hashLinkToken(token: string): string {
  return createHash('sha256').update(`sceau/enrolment-link/v1\0${token}`).digest('hex')
}
