import { createHash, randomBytes } from 'node:crypto'

/** A program of the local network that may call the API. */
export interface ApiClient {
  readonly id: string
  readonly name: string
}

export interface ApiClientRecord extends ApiClient {
  /** Share of the engine beside other clients. */
  readonly weight: number
  readonly createdAt: number
  readonly revokedAt: number | null
  readonly lastUsedAt: number | null
}

const PREFIX = 'sceau_'
const KEY = /^sceau_[A-Za-z0-9_-]{43}$/

/** A new API key: 256 random bits, so nobody can guess it and a fast hash protects it well. */
export function makeApiKey(): string {
  return PREFIX + randomBytes(32).toString('base64url')
}

/** What is kept of a key, or undefined when the text is no key of ours. */
export function digestApiKey(apiKey: string): string | undefined {
  return KEY.test(apiKey) ? createHash('sha256').update(apiKey).digest('hex') : undefined
}
