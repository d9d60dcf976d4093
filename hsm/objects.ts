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
