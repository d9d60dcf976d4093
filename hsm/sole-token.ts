import type { GuardLog } from './guard-log.ts'
import type { DestroyedOn, GuardKey, TokenReport } from './protocol.ts'
import { SetAside } from './set-aside.ts'
import { signsRight, TEST_SIGNATURES, TEST_WITHIN_MS } from './test-signatures.ts'
import {
  type SecretRequest,
  type SignRequest,
  Token,
  type TokenOptions,
  type WrappingKeyRequest,
} from './token.ts'
import type {
  KeyRequest,
  ListedKeys,
  MadeKey,
  MadeWrappingKey,
  Signed,
  Tokens,
  TokensStatus,
} from './tokens.ts'

export interface SoleTokenOptions extends TokenOptions {
  readonly keepAliveMs: number
  readonly setAsideMs: number
  readonly log: GuardLog
}

/** The one token of a guard, in its own process. */
export class SoleToken implements Tokens {
  readonly #options: SoleTokenOptions
  readonly #token: Token
  readonly #aside: SetAside

  constructor(options: SoleTokenOptions) {
    this.#options = options
    this.#token = new Token(options)
    this.#aside = new SetAside({
      selector: options.selector,
      firstMs: options.setAsideMs,
      test: (keyId) => this.#test(keyId),
      onChange: () => {},
      log: options.log,
    })
  }

  start(): void {
    const { keepAliveMs } = this.#options
    this.#token.start()
    // What goes wrong is mended, counted and logged where it happens.
    const keepAlive = () => this.#token.keepAlive(Date.now() + keepAliveMs).catch(() => {})
    setInterval(() => void keepAlive(), keepAliveMs).unref()
  }

  async sign(request: SignRequest): Promise<Signed> {
    if (this.#aside.isAside) throw this.#aside.refusal()
    return { signatures: await this.#token.sign(request) }
  }

  findKey(keyId: string, deadlineAt: number): Promise<GuardKey | undefined> {
    return this.#token.findKey(keyId, deadlineAt)
  }

  async listKeys(deadlineAt: number): Promise<ListedKeys> {
    return { keys: await this.#token.listKeys(deadlineAt), missing: [] }
  }

  async generateKey(request: KeyRequest, deadlineAt: number): Promise<MadeKey> {
    if (this.#aside.isAside) throw this.#aside.refusal()
    return { key: await this.#token.generateKey(request, deadlineAt), missingOn: [] }
  }

  async destroyKey(keyId: string, deadlineAt: number): Promise<DestroyedOn[]> {
    return [await this.#token.destroyKey(keyId, deadlineAt)]
  }

  async generateWrappingKey(
    request: WrappingKeyRequest,
    deadlineAt: number,
  ): Promise<MadeWrappingKey> {
    if (this.#aside.isAside) throw this.#aside.refusal()
    return { key: await this.#token.generateWrappingKey(request, deadlineAt), missingOn: [] }
  }

  wrapSecret(request: SecretRequest): Promise<Uint8Array> {
    return this.#token.wrapSecret(request)
  }

  unwrapSecret(request: SecretRequest): Promise<Uint8Array> {
    return this.#token.unwrapSecret(request)
  }

  reportFault(keyId: string): void {
    this.#aside.report(keyId)
  }

  get status(): TokensStatus {
    const { status } = this.#token
    const { isAside } = this.#aside
    const shown = isAside ? { state: 'set-aside' as const, message: this.#aside.message } : {}
    const whole = { ...status, ...shown }
    return { ...whole, tokens: [this.#report(whole)] }
  }

  close(): Promise<void> {
    this.#aside.close()
    return this.#token.close()
  }

  #report({ state, message, counters }: Omit<TokensStatus, 'tokens'>): TokenReport {
    const { latencyMs } = this.#token
    const { signatures, failures } = counters
    return {
      selector: this.#options.selector,
      state,
      ...(message !== undefined && { message }),
      ...(latencyMs !== undefined && { latencyMs }),
      signatures,
      failures,
    }
  }

  async #test(keyId: string): Promise<boolean> {
    const deadlineAt = Date.now() + TEST_WITHIN_MS
    const key = await this.#token.findKey(keyId, deadlineAt)
    if (key === undefined) return false
    const asked = { key, count: TEST_SIGNATURES, deadlineAt }
    return signsRight((request) => this.#token.sign(request), asked)
  }
}
