import { GuardError } from './errors.ts'
import type { GuardLog } from './guard-log.ts'

const LONGEST_MS = 3_600_000

interface SetAsideOptions {
  readonly selector: string
  /** How long a token is left alone before the first test. */
  readonly firstMs: number
  /** Does the token sign rightly with this key? */
  readonly test: (keyId: string) => Promise<boolean>
  readonly onChange: () => void
  readonly log: GuardLog
}

/**
 * Keeps a token that signed wrongly out of use until it passes a test: an RSA signature with a
 * fault can give the key away, and whoever makes one will make more.
 */
export class SetAside {
  readonly #options: SetAsideOptions
  #faults = 0
  #since: number | undefined
  #testAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: SetAsideOptions) {
    this.#options = options
  }

  get isAside(): boolean {
    return this.#since !== undefined
  }

  /** What a request is told that only this token could do. */
  refusal(): GuardError {
    const retryAfterSeconds = Math.max(1, Math.ceil((this.#testAt - Date.now()) / 1000))
    return new GuardError('unavailable', this.message, { retryAfterSeconds })
  }

  /** Unix ms. */
  get testAt(): number {
    return this.#testAt
  }

  get message(): string {
    const since = new Date(this.#since ?? 0).toISOString()
    const next = new Date(this.#testAt).toISOString()
    return `The token gave a wrong signature at ${since} and is set aside; tested again at ${next}`
  }

  report(keyId: string): void {
    if (this.isAside) return
    this.#since = Date.now()
    this.#testLater(keyId)
    const { log, selector, onChange } = this.#options
    log.error({ token: selector, keyId }, 'token: gave a wrong signature, set aside')
    onChange()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  /** A token whose faults come back is left alone for ever longer. */
  #testLater(keyId: string): void {
    const waitMs = Math.min(LONGEST_MS, this.#options.firstMs * 2 ** Math.min(this.#faults++, 30))
    this.#testAt = Date.now() + waitMs
    this.#timer = setTimeout(() => void this.#test(keyId), waitMs)
  }

  async #test(keyId: string): Promise<void> {
    const { log, selector, test, onChange } = this.#options
    try {
      if (await test(keyId)) {
        this.#since = undefined
        log.info({ token: selector, keyId }, 'token: signs rightly again, taken back')
        onChange()
        return
      }
      log.warn({ token: selector, keyId }, 'token: still signs wrongly')
    } catch (error) {
      log.warn({ token: selector, keyId, error: String(error) }, 'token: could not be tested')
    }
    this.#testLater(keyId)
  }
}
