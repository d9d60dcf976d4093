import type { KeyAlgorithm, SignatureAlgorithm } from './algorithms.ts'
import { SIGNATURE_ALGORITHMS } from './algorithms.ts'
import { destroyKey } from './destroyed-key.ts'
import { ecdsaSignatureToDer } from './ecdsa-der.ts'
import { type FoundKey, findKey, generateKey, listKeys } from './keys.ts'
import { requireLogin } from './login.ts'
import { signingMechanism } from './mechanisms.ts'
import { handle } from './module.ts'
import type { SessionContext } from './objects.ts'
import { encodeSignatures, type GuardKey, type WrappingKey } from './protocol.ts'
import { generateWrappingKey, unwrapInToken, wrapInToken } from './wrapping-keys.ts'

/** Longest signature of any key we use is 512 bytes; the token writes into this. */
const SIGNATURE_BYTES_MAX = 1024

/**
 * What may be done on one session. Each runs to its end in the thread that holds the session,
 * blocking it: that is what keeps C_SignInit and C_Sign paired, and the guard's main thread free.
 */
export const SESSION_WORK = {
  /** Sign digests that lie one behind the other. @returns `encodeSignatures` of them. */
  sign: (context: SessionContext, request: SignWork): Uint8Array<ArrayBuffer> =>
    signDigests(context, request),

  findKey: (context: SessionContext, { keyId }: { keyId: string }): FoundKey | undefined =>
    findKey(context, keyId),

  listKeys: (context: SessionContext): GuardKey[] => listKeys(context),

  generateKey: (
    context: SessionContext,
    request: { slot: Uint8Array; keyId: string; algorithm: KeyAlgorithm; label: string },
  ): GuardKey => generateKey(context, request),

  destroyKey: (context: SessionContext, request: { slot: Uint8Array; keyId: string }) =>
    destroyKey(context, request),

  generateWrappingKey: (
    context: SessionContext,
    request: { slot: Uint8Array; keyId: string; label: string },
  ): WrappingKey => generateWrappingKey(context, request),

  wrapSecret: (context: SessionContext, request: SecretWork): Uint8Array =>
    wrapInToken(context, request),

  unwrapSecret: (context: SessionContext, request: SecretWork): Uint8Array =>
    unwrapInToken(context, request),

  /** Is the session alive, and is the user logged in? An idle one that is not asked may die. */
  checkLogin: (context: SessionContext): void => requireLogin(context),
}

interface SecretWork {
  readonly keyId: string
  readonly payload: Uint8Array
}

export interface SignWork {
  readonly key: Uint8Array
  readonly algorithm: SignatureAlgorithm
  readonly digests: Uint8Array
}

function signDigests(
  { library, session }: SessionContext,
  { key, algorithm, digests }: SignWork,
): Uint8Array<ArrayBuffer> {
  const { digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
  const { mechanism, prefix, output } = signingMechanism(algorithm)
  const sessionHandle = handle(session)
  const keyHandle = handle(key)
  const input = Buffer.alloc(prefix.length + digestBytes)
  const room = Buffer.alloc(SIGNATURE_BYTES_MAX)
  input.set(prefix)
  const signatures: Uint8Array[] = []
  for (let at = 0; at < digests.length; at += digestBytes) {
    input.set(digests.subarray(at, at + digestBytes), prefix.length)
    library.C_SignInit(sessionHandle, mechanism, keyHandle)
    const raw = library.C_Sign(sessionHandle, input, room)
    signatures.push(output === 'r||s' ? ecdsaSignatureToDer(raw) : Uint8Array.from(raw))
  }
  return encodeSignatures(signatures)
}
