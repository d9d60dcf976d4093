import { SIGNATURE_ALGORITHMS } from './algorithms.ts'
import { GuardError } from './errors.ts'
import type { GuardKey, RequestHeader, RequestType, WireResultOf } from './protocol.ts'
import type { Token } from './token.ts'

interface Answered {
  readonly result: WireResultOf<RequestType>
  readonly payload?: Uint8Array
}

/** What may be asked once a connection has been greeted. */
export type Question = Exclude<RequestHeader, { type: 'hello' }>
/** Does what one request asks. @throws GuardError */
export type Answer = (request: Question, payload: Uint8Array) => Promise<Answered>

/** @returns The meaning of each message, bound to a token. */
export function makeAnswer(guard: { token: Token; pid: number; startedAt: number }): Answer {
  const { token, pid, startedAt } = guard
  return async (request, payload) => {
    const deadlineAt = Date.now() + request.deadlineMs
    switch (request.type) {
      case 'status':
        return { result: { ...token.status, pid, startedAt } }
      case 'listKeys':
        return { result: { keys: (await token.listKeys(deadlineAt)).map(toWire) } }
      case 'findKey': {
        const key = await token.findKey(request.keyId, deadlineAt)
        return { result: key === undefined ? {} : { key: toWire(key) } }
      }
      case 'generateKey':
        return { result: { key: toWire(await token.generateKey(request, deadlineAt)) } }
      case 'sign': {
        const { keyId, algorithm, count, priority } = request
        const expected = count * SIGNATURE_ALGORITHMS[algorithm].digestBytes
        if (payload.length !== expected) {
          const message = `${count} digests for ${algorithm} are ${expected} bytes, not ${payload.length}`
          throw new GuardError('invalid-request', message)
        }
        const signatures = await token.sign({
          keyId,
          algorithm,
          digests: payload,
          deadlineAt,
          priority,
        })
        return { result: { count }, payload: signatures }
      }
    }
  }
}

function toWire(key: GuardKey): Omit<GuardKey, 'publicKey'> & { publicKey: string } {
  return { ...key, publicKey: Buffer.from(key.publicKey).toString('base64') }
}
