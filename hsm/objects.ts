import pkcs11 from 'pkcs11js'
import { handle } from './module.ts'

/** One session of the token, as the calls of this folder take it. */
export interface SessionContext {
  readonly library: pkcs11.PKCS11
  readonly session: Uint8Array
}

/** Handles asked for in one C_FindObjects: one by one, three hundred keys take 30 ms. */
const BLOCK = 500

/** @returns Handles of every object that matches, in the token's order. */
export function findObjects(
  { library, session }: SessionContext,
  template: pkcs11.Template,
): Uint8Array[] {
  const found: Uint8Array[] = []
  library.C_FindObjectsInit(handle(session), template)
  try {
    for (;;) {
      const block = library.C_FindObjects(handle(session), BLOCK)
      found.push(...block)
      if (block.length < BLOCK) return found
    }
  } finally {
    library.C_FindObjectsFinal(handle(session))
  }
}

/** The objects of one class with this CKA_ID. */
export function byId(objectClass: number, keyId: string): pkcs11.Template {
  return [
    { type: pkcs11.CKA_CLASS, value: objectClass },
    { type: pkcs11.CKA_ID, value: Buffer.from(keyId, 'hex') },
  ]
}

/** Work on a session of its own that may change the token's objects. */
export function withWriting<T>(
  library: pkcs11.PKCS11,
  slot: Uint8Array,
  work: (context: SessionContext) => T,
): T {
  const flags = pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION
  const session = library.C_OpenSession(handle(slot), flags)
  try {
    return work({ library, session })
  } finally {
    library.C_CloseSession(session)
  }
}

/** Attributes by type; one that the object does not have, or hides, is not in the map. */
export function readAttributes(
  context: SessionContext,
  object: Uint8Array,
  types: readonly number[],
): ReadonlyMap<number, Uint8Array> {
  const together = readTogether(context, object, types)
  if (together !== undefined) return together
  return new Map(types.flatMap((type) => [...(readTogether(context, object, [type]) ?? [])]))
}

const NOT_THERE: ReadonlySet<number> = new Set([
  pkcs11.CKR_ATTRIBUTE_TYPE_INVALID,
  pkcs11.CKR_ATTRIBUTE_SENSITIVE,
])

/** @returns Undefined if one of the types makes the whole call fail. */
function readTogether(
  { library, session }: SessionContext,
  object: Uint8Array,
  types: readonly number[],
): Map<number, Uint8Array> | undefined {
  const template = types.map((type) => ({ type }))
  try {
    const read = library.C_GetAttributeValue(handle(session), handle(object), template)
    return new Map(read.map(({ type, value }) => [type, Uint8Array.from(value)]))
  } catch (error) {
    if (error instanceof pkcs11.Pkcs11Error && NOT_THERE.has(error.code)) return undefined
    throw error
  }
}
