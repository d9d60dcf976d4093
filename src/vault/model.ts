import type { Db } from '../db/database.ts'
import type { MakeId } from '../ids.ts'

/** Wraps small secrets by a key that never leaves the HSM: the guard, seen from here. */
export interface SecretKeeper {
  /** Asked again with the same id, it is the same key. */
  generateWrappingKey(request: {
    readonly keyId: string
    readonly label: string
  }): Promise<{ readonly birth: object }>
  wrapSecret(keyId: string, secret: Uint8Array): Promise<Uint8Array>
  unwrapSecret(keyId: string, wrapped: Uint8Array): Promise<Uint8Array>
}

export interface VaultDeps {
  readonly db: Db
  readonly keys: SecretKeeper
  readonly now: () => number
  readonly makeId: MakeId
}

export interface Vault {
  /**
   * Encrypt what only the appliance with its HSM may read.
   *
   * @param context - What it is and whose, such as `totp:<person id>`: it opens with this text only.
   * @throws AppError `hsm-unavailable` if the key has to be fetched and the HSM is away.
   */
  seal(bytes: Uint8Array, context: string): Promise<Uint8Array>
  /** @throws AppError `internal` if it was changed or sealed for another context; as `seal`. */
  open(sealed: Uint8Array, context: string): Promise<Uint8Array>
  /** Make the keys if there are none yet, and fetch the one that seals. @throws as `seal`. */
  prepare(): Promise<void>
  /** A new data key seals from now on; what older ones sealed they open. @throws as `seal`. */
  rotate(actor: string): Promise<void>
  /**
   * A new wrapping key in the HSM, and every data key wrapped anew by it.
   *
   * @returns CKA_ID of the one before, of which nothing depends any more: it may be destroyed.
   * @throws as `seal`.
   */
  rewrap(actor: string): Promise<string>
  /** Forget the keys. What is asked afterwards fetches them again. */
  close(): void
}

/** The label of each wrapping key. */
export const WRAPPING_KEY_LABEL = 'Sceau vault'
export const DATA_KEY_BYTES = 32
