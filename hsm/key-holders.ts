import type { GuardError } from './errors.ts'
import type { GuardKey } from './protocol.ts'

/** A copy may be made at any time: who lacks a key is asked again. */
const ASK_AGAIN_MS = 30_000

interface Verdict {
  readonly holds: boolean
  readonly until: number
  readonly refusal?: GuardError
}

/**
 * Which tokens hold which key. The same key is the same CKA_ID and the same public key: a token
 * that has another key under that id must not sign.
 */
export class KeyHolders<Holder extends object> {
  readonly #keys = new Map<string, GuardKey>()
  readonly #verdicts = new Map<string, Map<Holder, Verdict>>()

  /** The key as the first token that was asked has it. */
  find(keyId: string): GuardKey | undefined {
    return this.#keys.get(keyId)
  }

  /** @returns Undefined if the token has to be asked. */
  holds(keyId: string, holder: Holder, now: number): boolean | undefined {
    const verdict = this.#verdicts.get(keyId)?.get(holder)
    return verdict === undefined || verdict.until <= now ? undefined : verdict.holds
  }

  /** What a token said when it was asked for its key, if it said why it has none. */
  refusal(keyId: string): GuardError | undefined {
    const verdicts = [...(this.#verdicts.get(keyId)?.values() ?? [])]
    return verdicts.find(({ refusal }) => refusal !== undefined)?.refusal
  }

  /** @returns `other` if the token has another key under this id. */
  learn(
    keyId: string,
    holder: Holder,
    found: { key: GuardKey | undefined; refusal?: GuardError; now: number },
  ): 'holds' | 'lacks' | 'other' {
    const { key, refusal, now } = found
    const known = this.#keys.get(keyId) ?? key
    if (known !== undefined) this.#keys.set(keyId, known)
    const isSame =
      key !== undefined && known !== undefined && Buffer.from(key.publicKey).equals(known.publicKey)
    const verdicts = this.#verdicts.get(keyId) ?? new Map<Holder, Verdict>()
    this.#verdicts.set(keyId, verdicts)
    verdicts.set(holder, {
      holds: isSame,
      until: isSame ? Infinity : now + ASK_AGAIN_MS,
      ...(refusal !== undefined && { refusal }),
    })
    if (isSame) return 'holds'
    return key === undefined ? 'lacks' : 'other'
  }

  /** The key was destroyed everywhere. */
  forgetKey(keyId: string): void {
    this.#keys.delete(keyId)
    this.#verdicts.delete(keyId)
  }

  /** The token was opened anew: it may be another device under the same name. */
  forget(holder: Holder): void {
    for (const verdicts of this.#verdicts.values()) verdicts.delete(holder)
  }
}
