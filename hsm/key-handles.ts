import { GuardError } from './errors.ts'
import type { FoundKey } from './keys.ts'

interface Entry {
  readonly generation: number
  readonly found: Promise<FoundKey>
}

const KEYS_MAX = 10_000

/**
 * Handles of private keys by CKA_ID. Looking one up can cost as much as a hundred signatures; a
 * handle is good only in the generation in which it was found.
 */
export class KeyHandles {
  readonly #entries = new Map<string, Entry>()
  readonly #publicKeys = new Map<string, Uint8Array>()

  /**
   * @param find - Asks the token; called once for all who want this key at the same time.
   * @throws GuardError `key-not-found`; `key-unusable` if another key now has this id.
   */
  get(
    keyId: string,
    generation: number,
    find: () => Promise<FoundKey | undefined>,
  ): Promise<FoundKey> {
    const known = this.#entries.get(keyId)
    if (known?.generation === generation) return known.found
    const entry = { generation, found: find().then((found) => this.#check(keyId, found)) }
    this.#entries.set(keyId, entry)
    entry.found.catch(() => {
      if (this.#entries.get(keyId) === entry) this.#entries.delete(keyId)
    })
    forgetOldest(this.#entries)
    return entry.found
  }

  /** The key was destroyed. */
  forget(keyId: string): void {
    this.#entries.delete(keyId)
    this.#publicKeys.delete(keyId)
  }

  /** Handles turned out to be of another time. */
  clear(): void {
    this.#entries.clear()
  }

  /** An id that names another key than before must not sign: what was certified was the first. */
  #check(keyId: string, found: FoundKey | undefined): FoundKey {
    if (found === undefined) {
      throw new GuardError('key-not-found', `The token has no private key with the id ${keyId}`)
    }
    const before = this.#publicKeys.get(keyId)
    if (before !== undefined && !Buffer.from(before).equals(found.key.publicKey)) {
      throw new GuardError('key-unusable', `The id ${keyId} now names another key than before`)
    }
    this.#publicKeys.set(keyId, found.key.publicKey)
    forgetOldest(this.#publicKeys)
    return found
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= KEYS_MAX) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
