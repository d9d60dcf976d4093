import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const TOKEN_BYTES = 32

/** The secret of the link. Whoever holds it makes the first run. */
export interface Link {
  /** 256 bits in base64url. */
  readonly token: string
  readonly tokenSha256: string
  readonly sessionSha256: string
}

/** A new link, whose token is kept nowhere. */
export function makeLink(): Link {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  return { token, tokenSha256: sha256(token), sessionSha256: sha256(sessionOf(token)) }
}

/** What the browser keeps: it follows from the token, so that every browser with the link has it. */
export function sessionOf(token: string): string {
  return createHmac('sha256', token).update('sceau first run session').digest('base64url')
}

/** Whether this secret is the one of that digest, in a time that tells nothing. */
export function isSecretOf(secret: string, digestSha256: string): boolean {
  const [a, b] = [Buffer.from(sha256(secret)), Buffer.from(digestSha256)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
