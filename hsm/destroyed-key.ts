import pkcs11 from 'pkcs11js'
import { GuardError } from './errors.ts'
import { requireLogin } from './login.ts'
import { handle } from './module.ts'
import { byId, findObjects, readAttributes, type SessionContext, withWriting } from './objects.ts'
import type { DestroyedOn } from './protocol.ts'

const C = pkcs11

/** What the appliance calls its keys begins so, and its ids are as long. */
const OWN_LABEL = /^sceau /i
const OWN_ID_BYTES = 16

/** The public key last: without the private one it is what an interrupted call leaves, and no key. */
const CLASSES = [
  ['private-key', C.CKO_PRIVATE_KEY],
  ['secret-key', C.CKO_SECRET_KEY],
  ['public-key', C.CKO_PUBLIC_KEY],
] as const

interface DestroyedObjects {
  readonly objects: DestroyedOn['objects']
  /** Undefined if nothing was there. */
  readonly label: string | undefined
}

/**
 * Destroy every object with this CKA_ID. What is gone already is no error.
 *
 * @throws GuardError `key-unusable` if the appliance did not make it: nothing is destroyed then.
 */
export function destroyKey(
  { library }: Pick<SessionContext, 'library'>,
  { slot, keyId }: { slot: Uint8Array; keyId: string },
): DestroyedObjects {
  return withWriting(library, slot, (context) => {
    requireLogin(context)
    const found = CLASSES.flatMap(([kind, objectClass]) =>
      findObjects(context, byId(objectClass, keyId)).map((object) => ({ kind, object })),
    )
    const labels = found.map(({ kind, object }) => requireOwn(context, { kind, keyId, object }))
    for (const { object } of found) {
      library.C_DestroyObject(handle(context.session), handle(object))
    }
    return { objects: found.map(({ kind }) => kind), label: labels[0] }
  })
}

/** @returns The label of an object that the appliance made. */
function requireOwn(
  context: SessionContext,
  { kind, keyId, object }: { kind: string; keyId: string; object: Uint8Array },
): string {
  const attributes = readAttributes(context, object, [C.CKA_LABEL, C.CKA_LOCAL])
  const label = Buffer.from(attributes.get(C.CKA_LABEL) ?? []).toString('utf8')
  const isOwn =
    OWN_LABEL.test(label) &&
    keyId.length === 2 * OWN_ID_BYTES &&
    attributes.get(C.CKA_LOCAL)?.[0] === 1
  if (isOwn) return label
  const message = `The ${kind} ${keyId} («${label}») was not made by the appliance: it is not destroyed`
  throw new GuardError('key-unusable', message)
}
