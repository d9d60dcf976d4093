import { GuardError } from './errors.ts'
import type { Routes } from './routes.ts'
import type { SecretRequest, WrappingKeyRequest } from './token.ts'
import type { TokenMember } from './token-member.ts'
import type { MadeWrappingKey } from './tokens.ts'

/**
 * Wrapping keys of several tokens. The first token has them; the others too, once the HSM's own tool
 * has copied them. A copy cannot be told from another key by asking, so each is simply tried: what a
 * key did not wrap it does not unwrap.
 */
export class SetSecrets {
  readonly #members: readonly TokenMember[]
  readonly #routes: Routes

  constructor(parts: { members: readonly TokenMember[]; routes: Routes }) {
    this.#members = parts.members
    this.#routes = parts.routes
  }

  /** Always on the first token: two tokens must never come to different keys under one id. */
  async generate(request: WrappingKeyRequest, deadlineAt: number): Promise<MadeWrappingKey> {
    const [home, ...others] = this.#members
    if (home === undefined) throw new TypeError('A set without tokens')
    await home.readiness.whenOpen(deadlineAt)
    const [way] = home.usableWays
    if (way === undefined) throw home.readiness.refusal()
    const key = await way.generateWrappingKey(request, deadlineAt)
    return { key, missingOn: others.map(({ selector }) => selector) }
  }

  /**
   * @throws GuardError `unavailable` if the key may be on a token that is away; else what the last
   * of the tokens said.
   */
  async use(type: 'wrapSecret' | 'unwrapSecret', request: SecretRequest): Promise<Uint8Array> {
    await this.#routes.readiness.whenOpen(request.deadlineAt)
    let refusal: GuardError | undefined
    for (const member of this.#members) {
      const [way] = member.usableWays
      if (way === undefined) continue
      try {
        return await way.useSecret(type, request)
      } catch (error) {
        if (!(error instanceof GuardError) || error.code === 'invalid-request') throw error
        // «Damaged» says more than that another token lacks the key.
        if (refusal?.code !== 'secret-damaged') refusal = error
      }
    }
    const away = this.#members.find(({ isUsable }) => !isUsable)
    if (away !== undefined && refusal?.code !== 'secret-damaged') {
      const { retryAfterSeconds } = away.readiness
      const message = `The wrapping key ${request.keyId} may be on ${away.selector}, which is away`
      throw new GuardError('unavailable', message, { retryAfterSeconds })
    }
    throw refusal ?? new GuardError('unavailable', 'No token is there', { retryAfterSeconds: 5 })
  }
}
