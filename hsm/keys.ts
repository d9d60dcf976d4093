import pkcs11 from 'pkcs11js'
import type { KeyAlgorithm } from './algorithms.ts'
import { GuardError } from './errors.ts'
import { requireLogin } from './login.ts'
import { KEY_MECHANISMS, keyTemplates } from './mechanisms.ts'
import { handle } from './module.ts'
import { byId, findObjects, readAttributes, type SessionContext, withWriting } from './objects.ts'
import type { GuardKey, KeyBirth } from './protocol.ts'
import { ecPublicKey, type PublicKey, rsaPublicKey } from './public-key.ts'

const C = pkcs11

/** A private key as the token has it now. The handle is good until the next login or opening. */
export interface FoundKey {
  readonly handle: Uint8Array
  readonly key: GuardKey
}

/**
 * The private key with this CKA_ID, its public half and how it was born.
 *
 * @returns Undefined if the token has none.
 * @throws GuardError `key-ambiguous` if there are several: which one signs would be chance.
 * @throws GuardError `key-unusable` if its kind is none of ours, or its public half is not there.
 */
export function findKey(context: SessionContext, keyId: string): FoundKey | undefined {
  const found = findObjects(context, byId(C.CKO_PRIVATE_KEY, keyId))
  const [object] = found
  if (object === undefined) {
    requireLogin(context)
    return undefined
  }
  if (found.length > 1) {
    throw new GuardError('key-ambiguous', `${found.length} private keys have the id ${keyId}`)
  }
  const publicKey = findPublicKey(context, keyId, object)
  if (publicKey === undefined) {
    throw new GuardError(
      'key-unusable',
      `Key ${keyId} is of a kind that is not used here, or its public key is not in the token`,
    )
  }
  return { handle: object, key: describeKey(context, { keyId, object, publicKey }) }
}

/** Every private key that can sign and is of a kind we use. One with a shared id is left out. */
export function listKeys(context: SessionContext): GuardKey[] {
  const signing = findObjects(context, [
    { type: C.CKA_CLASS, value: C.CKO_PRIVATE_KEY },
    { type: C.CKA_SIGN, value: true },
  ])
  requireLogin(context)
  const ids = new Set(
    signing.flatMap((object) => {
      const id = readAttributes(context, object, [C.CKA_ID]).get(C.CKA_ID)
      return id === undefined || id.length === 0 || id.length > 64 ? [] : [hex(id)]
    }),
  )
  return [...ids].flatMap((keyId) => {
    try {
      return findKey(context, keyId)?.key ?? []
    } catch (error) {
      if (error instanceof GuardError) return []
      throw error
    }
  })
}

/**
 * Make a key pair in the token and read back what it says of itself.
 *
 * Asking again with the same id gives the key that is there, so that a crash between making and
 * answering leaves neither a second key nor half of one.
 *
 * @throws GuardError `invalid-request` if the id belongs to another key.
 * @throws GuardError `key-unusable` if the token made a key that could leave it, or does more than
 * sign; it is destroyed again.
 */
export function generateKey(
  { library }: Pick<SessionContext, 'library'>,
  request: { slot: Uint8Array; keyId: string; algorithm: KeyAlgorithm; label: string },
): GuardKey {
  return withWriting(library, request.slot, (context) => {
    const existing = findKey(context, request.keyId)
    if (existing !== undefined) return sameKey(existing.key, request)
    // A public key alone is what an interrupted generation leaves behind.
    for (const rest of findObjects(context, byId(C.CKO_PUBLIC_KEY, request.keyId))) {
      library.C_DestroyObject(handle(context.session), handle(rest))
    }
    return makeKey(context, request)
  })
}

function makeKey(
  context: SessionContext,
  { keyId, algorithm, label }: { keyId: string; algorithm: KeyAlgorithm; label: string },
): GuardKey {
  const { library } = context
  const session = handle(context.session)
  const templates = keyTemplates(algorithm, { id: Buffer.from(keyId, 'hex'), label })
  const mechanism = { mechanism: KEY_MECHANISMS[algorithm].generation }
  const pair = library.C_GenerateKeyPair(
    session,
    mechanism,
    templates.publicKey,
    templates.privateKey,
  )
  const key = findKey(context, keyId)?.key
  const fault = key === undefined ? 'cannot be found again' : birthFault(key, algorithm)
  if (key !== undefined && fault === undefined) return key
  library.C_DestroyObject(session, pair.privateKey)
  library.C_DestroyObject(session, pair.publicKey)
  throw new GuardError('key-unusable', `The key that the token made ${fault}; it was destroyed`)
}

function birthFault({ algorithm, birth }: GuardKey, wanted: KeyAlgorithm): string | undefined {
  if (algorithm !== wanted) return `is ${algorithm} and not ${wanted}`
  return faultOfBirth(birth)
}

/** @returns What a key that the appliance made must not be, or undefined if all is well. */
export function faultOfBirth(birth: KeyBirth): string | undefined {
  if (!birth.token || !birth.private) return 'does not live in the token for its user alone'
  if (!birth.local) return 'was not born in the token'
  if (birth.extractable || !birth.neverExtractable) return 'could leave the token'
  if (!birth.sensitive || !birth.alwaysSensitive) return 'could be read'
  if (birth.usages.join() !== 'sign') return `may ${birth.usages.join(', ')} and not sign alone`
  return undefined
}

function sameKey(
  key: GuardKey,
  { keyId, algorithm, label }: { keyId: string; algorithm: KeyAlgorithm; label: string },
): GuardKey {
  if (key.algorithm === algorithm && key.label === label) return key
  throw new GuardError('invalid-request', `The id ${keyId} already belongs to the key ${key.label}`)
}

function describeKey(
  context: SessionContext,
  { keyId, object, publicKey }: { keyId: string; object: Uint8Array; publicKey: PublicKey },
): GuardKey {
  const label = readAttributes(context, object, [C.CKA_LABEL]).get(C.CKA_LABEL)
  return {
    keyId,
    label: Buffer.from(label ?? []).toString('utf8'),
    algorithm: publicKey.algorithm,
    publicKey: publicKey.spki,
    birth: readBirth(context, object),
  }
}

const USAGES = [
  ['sign', C.CKA_SIGN],
  ['sign-recover', C.CKA_SIGN_RECOVER],
  ['decrypt', C.CKA_DECRYPT],
  ['unwrap', C.CKA_UNWRAP],
  ['derive', C.CKA_DERIVE],
] as const

/** Attributes that a private key does not have, and a secret key has. */
const SECRET_KEY_USAGES = [
  ['sign', C.CKA_SIGN],
  ['encrypt', C.CKA_ENCRYPT],
  ['decrypt', C.CKA_DECRYPT],
  ['wrap', C.CKA_WRAP],
  ['unwrap', C.CKA_UNWRAP],
  ['derive', C.CKA_DERIVE],
] as const

const BIRTH_ATTRIBUTES = [
  C.CKA_LOCAL,
  C.CKA_NEVER_EXTRACTABLE,
  C.CKA_ALWAYS_SENSITIVE,
  C.CKA_SENSITIVE,
  C.CKA_EXTRACTABLE,
  C.CKA_TOKEN,
  C.CKA_PRIVATE,
]

/** How a key of the token says it came to be. */
export function readBirth(
  context: SessionContext,
  object: Uint8Array,
  kind: 'private-key' | 'secret-key' = 'private-key',
): KeyBirth {
  const admits = kind === 'private-key' ? USAGES : SECRET_KEY_USAGES
  const types = [...BIRTH_ATTRIBUTES, ...admits.map(([, type]) => type)]
  const attributes = readAttributes(context, object, types)
  const isTrue = (type: number) => attributes.get(type)?.[0] === 1
  return {
    local: isTrue(C.CKA_LOCAL),
    neverExtractable: isTrue(C.CKA_NEVER_EXTRACTABLE),
    alwaysSensitive: isTrue(C.CKA_ALWAYS_SENSITIVE),
    sensitive: isTrue(C.CKA_SENSITIVE),
    // What a token does not say is taken for the worse.
    extractable: attributes.get(C.CKA_EXTRACTABLE)?.[0] !== 0,
    token: isTrue(C.CKA_TOKEN),
    private: isTrue(C.CKA_PRIVATE),
    usages: admits.flatMap(([usage, type]) => (isTrue(type) ? [usage] : [])),
  }
}

/** The public object with the same id; without one, what the private object shows of itself. */
function findPublicKey(
  context: SessionContext,
  keyId: string,
  privateKey: Uint8Array,
): PublicKey | undefined {
  const found = findObjects(context, byId(C.CKO_PUBLIC_KEY, keyId))
  const candidates = (found.length > 0 ? found : [privateKey]).flatMap(
    (object) => readPublicKey(context, object) ?? [],
  )
  const [first, ...others] = candidates
  if (others.some(({ spki }) => first !== undefined && !Buffer.from(spki).equals(first.spki))) {
    throw new GuardError('key-ambiguous', `Several public keys have the id ${keyId}`)
  }
  return first
}

function readPublicKey(context: SessionContext, object: Uint8Array): PublicKey | undefined {
  const parts = readAttributes(context, object, [C.CKA_KEY_TYPE])
  const type = parts.get(C.CKA_KEY_TYPE)?.[0]
  if (type === C.CKK_RSA) {
    const rsa = readAttributes(context, object, [C.CKA_MODULUS, C.CKA_PUBLIC_EXPONENT])
    const modulus = rsa.get(C.CKA_MODULUS)
    const exponent = rsa.get(C.CKA_PUBLIC_EXPONENT)
    return modulus && exponent && rsaPublicKey(modulus, exponent)
  }
  if (type === C.CKK_EC) {
    const ec = readAttributes(context, object, [C.CKA_EC_PARAMS, C.CKA_EC_POINT])
    const parameters = ec.get(C.CKA_EC_PARAMS)
    const point = ec.get(C.CKA_EC_POINT)
    return parameters && point && ecPublicKey(parameters, point)
  }
  return undefined
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
