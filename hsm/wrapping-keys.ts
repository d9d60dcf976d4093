import pkcs11 from 'pkcs11js'
import { GuardError } from './errors.ts'
import { faultOfBirth, readBirth } from './keys.ts'
import { requireLogin } from './login.ts'
import { handle } from './module.ts'
import { byId, findObjects, readAttributes, type SessionContext, withWriting } from './objects.ts'
import type { WrappingKey } from './protocol.ts'
import { type TokenMac, unwrapSecret, wrapSecret } from './wrapped-secret.ts'

const C = pkcs11

const KEY_BYTES = 32
const MAC_BYTES = 32

interface FoundWrappingKey {
  readonly handle: Uint8Array
  readonly key: WrappingKey
}

/**
 * Make a wrapping key in the token and read back what it says of itself. Asking again with the same
 * id gives the key that is there.
 *
 * @throws GuardError `invalid-request` if the id belongs to another key; `key-unusable` if the token
 * made a key that could leave it, or does more than the HMAC; it is destroyed again.
 */
export function generateWrappingKey(
  { library }: Pick<SessionContext, 'library'>,
  { slot, keyId, label }: { slot: Uint8Array; keyId: string; label: string },
): WrappingKey {
  return withWriting(library, slot, (context) => {
    const existing = find(context, keyId)?.key
    if (existing?.label === label) return existing
    if (existing !== undefined || findObjects(context, byId(C.CKO_PRIVATE_KEY, keyId)).length > 0) {
      throw new GuardError('invalid-request', `The id ${keyId} already belongs to another key`)
    }
    const mechanism = { mechanism: C.CKM_GENERIC_SECRET_KEY_GEN }
    const session = handle(context.session)
    const made = library.C_GenerateKey(session, mechanism, templateOf(keyId, label))
    const key = find(context, keyId)?.key
    const fault = key === undefined ? 'cannot be found again' : faultOfBirth(key.birth)
    if (key !== undefined && fault === undefined) return key
    library.C_DestroyObject(session, made)
    throw new GuardError('key-unusable', `The key that the token made ${fault}; it was destroyed`)
  })
}

/** @throws GuardError `key-not-found`, `key-ambiguous`. */
export function wrapInToken(
  context: SessionContext,
  { keyId, payload }: { keyId: string; payload: Uint8Array },
): Uint8Array {
  try {
    return wrapSecret(macOf(context, get(context, keyId)), keyId, payload)
  } finally {
    payload.fill(0)
  }
}

/** @throws GuardError `key-not-found`, `key-ambiguous`, `secret-damaged`. */
export function unwrapInToken(
  context: SessionContext,
  { keyId, payload }: { keyId: string; payload: Uint8Array },
): Uint8Array {
  return unwrapSecret(macOf(context, get(context, keyId)), keyId, payload)
}

function get(context: SessionContext, keyId: string): FoundWrappingKey {
  const found = find(context, keyId)
  if (found !== undefined) return found
  throw new GuardError('key-not-found', `The token has no wrapping key with the id ${keyId}`)
}

function find(context: SessionContext, keyId: string): FoundWrappingKey | undefined {
  const found = findObjects(context, byId(C.CKO_SECRET_KEY, keyId))
  const [object] = found
  if (object === undefined) {
    requireLogin(context)
    return undefined
  }
  if (found.length > 1) {
    throw new GuardError('key-ambiguous', `${found.length} wrapping keys have the id ${keyId}`)
  }
  const label = readAttributes(context, object, [C.CKA_LABEL]).get(C.CKA_LABEL)
  const birth = readBirth(context, object, 'secret-key')
  const key = { keyId, label: Buffer.from(label ?? []).toString('utf8'), birth }
  return { handle: object, key }
}

function macOf({ library, session }: SessionContext, key: FoundWrappingKey): TokenMac {
  return (message) => {
    library.C_SignInit(handle(session), { mechanism: C.CKM_SHA256_HMAC }, handle(key.handle))
    return library.C_Sign(handle(session), Buffer.from(message), Buffer.alloc(MAC_BYTES))
  }
}

/** It lives in the token, cannot leave it, and does nothing but the HMAC. */
function templateOf(keyId: string, label: string): pkcs11.Template {
  return [
    { type: C.CKA_CLASS, value: C.CKO_SECRET_KEY },
    { type: C.CKA_KEY_TYPE, value: C.CKK_GENERIC_SECRET },
    { type: C.CKA_VALUE_LEN, value: KEY_BYTES },
    { type: C.CKA_TOKEN, value: true },
    { type: C.CKA_PRIVATE, value: true },
    { type: C.CKA_SENSITIVE, value: true },
    { type: C.CKA_EXTRACTABLE, value: false },
    { type: C.CKA_SIGN, value: true },
    { type: C.CKA_ENCRYPT, value: false },
    { type: C.CKA_DECRYPT, value: false },
    { type: C.CKA_WRAP, value: false },
    { type: C.CKA_UNWRAP, value: false },
    { type: C.CKA_DERIVE, value: false },
    { type: C.CKA_ID, value: Buffer.from(keyId, 'hex') },
    { type: C.CKA_LABEL, value: Buffer.from(label, 'utf8') },
  ]
}
