import type { KeyAlgorithm } from './algorithms.ts'
import type { DestroyedOn, GuardKey, GuardStatus, MissingKey, WrappingKey } from './protocol.ts'
import type { SecretRequest, SignRequest, WrappingKeyRequest } from './token.ts'

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

/** A new wrapping key, and the tokens that do not have it. */
export interface MadeWrappingKey {
  readonly key: WrappingKey
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
  /**
   * Destroy a key that the appliance made, wherever it is; what is gone already is no error.
   *
   * @returns What was done on each token.
   * @throws GuardError `key-unusable` if it is not one of ours; `unavailable` if a token that may
   * have it is away, and then none was touched.
   */
  destroyKey(keyId: string, deadlineAt: number): Promise<readonly DestroyedOn[]>
  /** Asked again with the same id, it gives the same key. @throws GuardError */
  generateWrappingKey(request: WrappingKeyRequest, deadlineAt: number): Promise<MadeWrappingKey>
  /** @throws GuardError */
  wrapSecret(request: SecretRequest): Promise<Uint8Array>
  /** @throws GuardError `secret-damaged` if it was changed or another key wrapped it. */
  unwrapSecret(request: SecretRequest): Promise<Uint8Array>
  /** A signature by this key was wrong. @param selector - Undefined if its maker is not known. */
  reportFault(keyId: string, selector: string | undefined): void
  readonly status: TokensStatus
  close(): Promise<void>
}
