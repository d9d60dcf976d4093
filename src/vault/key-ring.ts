import { AppError } from '../errors.ts'
import type { VaultDeps } from './model.ts'
import { type DataKey, unreadable } from './sealed-value.ts'
import { type DataKeyRow, findDataKey, findWrappingKey } from './store.ts'

/** Data keys as they are used, each unwrapped once and kept until `clear`. */
export class KeyRing {
  readonly #deps: Pick<VaultDeps, 'db' | 'keys'>
  readonly #keys = new Map<string, Promise<DataKey>>()

  constructor(deps: Pick<VaultDeps, 'db' | 'keys'>) {
    this.#deps = deps
  }

  /** The key is this node's own: it need not be unwrapped. */
  add(key: DataKey): void {
    this.#keys.set(key.id, Promise.resolve(key))
  }

  /** @throws AppError `internal` if there is no such key; `hsm-unavailable`. */
  get(id: string, row?: DataKeyRow): Promise<DataKey> {
    const known = this.#keys.get(id)
    if (known !== undefined) return known
    const fetched = this.#fetch(id, row)
    this.#keys.set(id, fetched)
    fetched.catch(() => {
      if (this.#keys.get(id) === fetched) this.#keys.delete(id)
    })
    return fetched
  }

  /** Erase what is held. */
  clear(): void {
    const held = [...this.#keys.values()]
    this.#keys.clear()
    for (const key of held) {
      key.then(
        ({ key: bytes }) => bytes.fill(0),
        () => {},
      )
    }
  }

  async #fetch(id: string, row?: DataKeyRow): Promise<DataKey> {
    const { db, keys } = this.#deps
    const { wrapped, wrapping_generation } = row ?? (await findDataKey(db, id)) ?? missing()
    const { key_id: keyId } = (await findWrappingKey(db, wrapping_generation)) ?? missing()
    return { id, key: await keys.unwrapSecret(keyId, wrapped) }
  }
}

function missing(): never {
  throw unreadable(new AppError('not-found', 'The database has no such data key.'))
}
