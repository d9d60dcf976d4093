import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import { GuardError } from './errors.ts'
import type { KeyHandles } from './key-handles.ts'
import type { LanePool } from './lane-pool.ts'
import type { Pkcs11Failure, Reaction } from './return-values.ts'
import type { TokenLife } from './token-life.ts'

const WAIT = { firstMs: 50, maxMs: 1_000 } as const
/** The same mend may be tried so often in a row; then the token is opened anew. */
const IN_ROW_MAX: Record<Reaction, number> = {
  // The first may be one session's own end. Two in a row: the token was reset, all are dead.
  'new-session': 1,
  'find-again': 2,
  'login-again': 2,
  'back-off': 2,
  'shrink-pool': 3,
  reopen: 0,
  stop: 0,
  unusable: 0,
  refuse: 0,
}

/** Does what a failed call needs before it is asked again, once for all who met the same fault. */
export class Mending {
  readonly #life: TokenLife
  readonly #pool: LanePool
  readonly #keys: KeyHandles
  readonly #mends = new WeakMap<Pkcs11Failure, Promise<void>>()
  readonly #inRow = new Map<Reaction, number>()

  constructor(parts: { life: TokenLife; pool: LanePool; keys: KeyHandles }) {
    this.#life = parts.life
    this.#pool = parts.pool
    this.#keys = parts.keys
  }

  /** The token did what it was asked: faults are counted from the beginning. */
  worked(): void {
    if (this.#inRow.size > 0) this.#inRow.clear()
  }

  /**
   * Several may wait for one and the same call, as for the look-up of a key: it is mended once.
   *
   * @param generation - In which the call failed. If another has begun, there is nothing to mend.
   * @throws GuardError if no mend makes the call succeed.
   */
  mend(failure: Pkcs11Failure, generation: number): Promise<void> {
    const mend = this.#mends.get(failure) ?? this.#mendOnce(failure, generation)
    this.#mends.set(failure, mend)
    return mend
  }

  async #mendOnce(failure: Pkcs11Failure, generation: number): Promise<void> {
    const { reaction, message } = failure
    if (reaction === 'refuse') {
      throw new GuardError('key-unusable', `The token refuses this: ${message}`, { cause: failure })
    }
    if (generation !== this.#life.generation) return
    if (reaction === 'shrink-pool' && this.#shrinkPool(failure)) return

    const inRow = (this.#inRow.get(reaction) ?? 0) + 1
    this.#inRow.set(reaction, inRow)
    if (inRow > IN_ROW_MAX[reaction]) return this.#renew(generation, 'open', message)
    switch (reaction) {
      case 'new-session':
        // Its lane has dropped it; who borrows the lane next opens another.
        return
      case 'find-again':
        return this.#keys.clear()
      case 'login-again':
        return this.#renew(generation, 'login', message)
      default:
        await sleep(backoffMs(inRow - 1, WAIT, Math.random()))
    }
  }

  /** @returns True if there are sessions to go on with. */
  #shrinkPool({ method }: Pkcs11Failure): boolean {
    return this.#pool.shrink() || (method === 'C_OpenSession' && this.#pool.counts.open > 0)
  }

  #renew(generation: number, kind: 'login' | 'open', reason: string): void {
    if (kind === 'open') this.#inRow.clear()
    this.#life.renew(generation, kind, reason)
  }
}
