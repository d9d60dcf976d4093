import { SIGNATURE_ALGORITHMS } from './algorithms.ts'
import { GuardError } from './errors.ts'
import {
  type GuardKey,
  type RequestHeader,
  type RequestType,
  SECRET_BYTES_MAX,
  type WireResultOf,
} from './protocol.ts'
import type { Tokens } from './tokens.ts'

interface Answered {
  readonly result: WireResultOf<RequestType>
  readonly payload?: Uint8Array
}

/** What may be asked once a connection has been greeted. */
export type Question = Exclude<RequestHeader, { type: 'hello' }>
/** Does what one request asks. @throws GuardError */
export type Answer = (request: Question, payload: Uint8Array) => Promise<Answered>

/** @returns The meaning of each message, bound to the tokens. */
export function makeAnswer(guard: { tokens: Tokens; pid: number; startedAt: number }): Answer {
  const { tokens, pid, startedAt } = guard
  return async (request, payload) => {
    const deadlineAt = Date.now() + request.deadlineMs
    switch (request.type) {
      case 'status':
        return { result: { ...tokens.status, pid, startedAt } }
      case 'listKeys': {
        const { keys, missing } = await tokens.listKeys(deadlineAt)
        return { result: { keys: keys.map(toWire), missing: [...missing] } }
      }
      case 'findKey': {
        const key = await tokens.findKey(request.keyId, deadlineAt)
        return { result: key === undefined ? {} : { key: toWire(key) } }
      }
      case 'generateKey': {
        const { key, missingOn } = await tokens.generateKey(request, deadlineAt)
        return { result: { key: toWire(key), missingOn: [...missingOn] } }
      }
      case 'destroyKey': {
        const destroyed = await tokens.destroyKey(request.keyId, deadlineAt)
        return { result: { keyId: request.keyId, tokens: [...destroyed] } }
      }
      case 'generateWrappingKey': {
        const { key, missingOn } = await tokens.generateWrappingKey(request, deadlineAt)
        return { result: { key, missingOn: [...missingOn] } }
      }
      case 'wrapSecret': {
        if (payload.length === 0 || payload.length > SECRET_BYTES_MAX) {
          const message = `A secret has 1 to ${SECRET_BYTES_MAX} bytes, not ${payload.length}`
          throw new GuardError('invalid-request', message)
        }
        const { keyId } = request
        return { result: {}, payload: await tokens.wrapSecret({ keyId, payload, deadlineAt }) }
      }
      case 'unwrapSecret': {
        const { keyId } = request
        return { result: {}, payload: await tokens.unwrapSecret({ keyId, payload, deadlineAt }) }
      }
      case 'reportFault':
        tokens.reportFault(request.keyId, request.token)
        return { result: {} }
      case 'sign': {
        const { keyId, algorithm, count, priority } = request
        const expected = count * SIGNATURE_ALGORITHMS[algorithm].digestBytes
        if (payload.length !== expected) {
          const message = `${count} digests for ${algorithm} are ${expected} bytes, not ${payload.length}`
          throw new GuardError('invalid-request', message)
        }
        const { signatures, makers } = await tokens.sign({
          keyId,
          algorithm,
          digests: payload,
          deadlineAt,
          priority,
        })
        return { result: { count, ...(makers && { makers }) }, payload: signatures }
      }
    }
  }
}

function toWire(key: GuardKey): Omit<GuardKey, 'publicKey'> & { publicKey: string } {
  return { ...key, publicKey: Buffer.from(key.publicKey).toString('base64') }
}
