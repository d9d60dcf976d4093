import type { KeyAlgorithm } from './algorithms.ts'
import type { GuardKey, GuardStatus, MissingKey } from './protocol.ts'
import type { SignRequest } from './token.ts'

/** Which token made how many signatures, in their order. */
export type Makers = [selector: string, count: number][]

export interface Signed {
  /** `encodeSignatures` of all, in the order of the digests. */
  readonly signatures: Uint8Array
  /** Left out where there is only one token. */
  readonly makers?: Makers
}

export interface KeyRequest {
  readonly keyId: string
  readonly algorithm: KeyAlgorithm
  readonly label: string
}

/** A new key, and the tokens that do not have it. */
export interface MadeKey {
  readonly key: GuardKey
  readonly missingOn: readonly string[]
}

export interface ListedKeys {
  readonly keys: readonly GuardKey[]
  /** As far as the tokens that are there can tell. */
  readonly missing: readonly MissingKey[]
}

export type TokensStatus = Omit<GuardStatus, 'pid' | 'startedAt'>

/** What the guard has to sign with, be it one token or several that hold the same keys. */
export interface Tokens {
  /** Begin to open what there is; requests wait for it. */
  start(): void
  /** @throws GuardError */
  sign(request: SignRequest): Promise<Signed>
  /** @throws GuardError */
  findKey(keyId: string, deadlineAt: number): Promise<GuardKey | undefined>
  /** @throws GuardError */
  listKeys(deadlineAt: number): Promise<ListedKeys>
  /** Asked again with the same id, it gives the same key. @throws GuardError */
  generateKey(request: KeyRequest, deadlineAt: number): Promise<MadeKey>
  /** A signature by this key was wrong. @param selector - Undefined if its maker is not known. */
  reportFault(keyId: string, selector: string | undefined): void
  readonly status: TokensStatus
  close(): Promise<void>
}
