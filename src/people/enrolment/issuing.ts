import { randomBytes } from 'node:crypto'
import type { Tx } from '../../db/database.ts'
import { transact } from '../../db/transact.ts'
import { acceptMembership, type MembershipAct } from '../memberships.ts'
import { findMembership, findPerson } from '../store.ts'
import { CONDITIONS, hashConditions } from './conditions.ts'
import type { EnrolmentDeps, HolderKey } from './deps.ts'
import { outOfStep, takeStep } from './steps.ts'
import { deleteLinks, type Enrolment, findEnrolment } from './store.ts'
import { holderName, keyLabelOf } from './subject.ts'
import { tellEnd } from './telling.ts'

type Deps = Pick<
  EnrolmentDeps,
  'db' | 'now' | 'keys' | 'certificates' | 'accounts' | 'keyAlgorithmOf'
>

const KEY_ID_BYTES = 16

/**
 * Go on once password and factor are there. From now on links are worth nothing: the holder signs in.
 *
 * @returns Whether both are there.
 */
export async function registerFactor({ db, now, accounts }: Deps, id: string): Promise<boolean> {
  const { personId } = await getEnrolment(db, id)
  if (!(await accounts.hasPassword(personId))) return false
  if (!(await accounts.hasFactor(personId))) return false
  const at = now()
  await transact(db, async (tx) => {
    const enrolment = await getEnrolment(tx, id)
    await takeStep(tx, enrolment, 'register-factor', { at, actor: `person:${personId}` })
    await deleteLinks(tx, id)
  })
  return true
}

/**
 * Make the key pair and have it certified. It may be cut short anywhere and asked again: the id of
 * the key is written down before the HSM is asked, and the HSM gives again what it made for it.
 */
export async function makeCertificate(deps: Deps, id: string): Promise<void> {
  const wanted = await intendKey(deps, id)
  if (wanted.keyId === null) throw outOfStep()
  const key = await makeKey(deps, wanted, wanted.keyId)
  await certify(deps, id, key)
}

/** Say which key will be made, before it is. */
async function intendKey({ db, now }: Deps, id: string): Promise<Enrolment> {
  const enrolment = await getEnrolment(db, id)
  const { state, keyId } = enrolment
  if (state !== 'factor-registered' && state !== 'key-generated') throw outOfStep()
  if (keyId !== null) return enrolment
  const chosen = randomBytes(KEY_ID_BYTES).toString('hex')
  await db
    .updateTable('enrolment')
    .set({ key_id: chosen, key_wanted_at: now() })
    .where('id', '=', id)
    .where('state', '=', state)
    .where('key_id', 'is', null)
    .execute()
  return getEnrolment(db, id)
}

async function makeKey(deps: Deps, wanted: Enrolment, keyId: string): Promise<HolderKey> {
  const { db, now, keys, keyAlgorithmOf } = deps
  const { id, personId, organisationId } = wanted
  const algorithm = (await keyAlgorithmOf?.(organisationId)) ?? 'p-256'
  const key = await keys.generateKey({ algorithm, label: keyLabelOf(id), keyId })
  const at = now()
  await transact(db, async (tx) => {
    const enrolment = await getEnrolment(tx, id)
    // Asked again after a crash, or by two windows at once: it is there already.
    if (enrolment.state !== 'factor-registered' || enrolment.keyId !== keyId) return
    const detail = { key: keyId, algorithm: key.algorithm }
    await takeStep(tx, enrolment, 'generate-key', { at, actor: `person:${personId}`, detail })
  })
  return key
}

async function certify({ db, now, certificates }: Deps, id: string, key: HolderKey): Promise<void> {
  const { state, personId, keyId } = await getEnrolment(db, id)
  if (state === 'certificate-issued') return
  if (state !== 'key-generated' || keyId !== key.keyId) throw outOfStep()
  const person = await findPerson(db, personId)
  if (person === undefined) throw new RangeError(`enrolment of nobody: ${personId}`)
  await certificates.issue({
    ...{ personId, key, subject: holderName(person) },
    // In the same transaction: no crash leaves a certificate that no enrolment knows.
    async together(tx, { id: certificate }) {
      await takeStep(tx, await getEnrolment(tx, id), 'issue-certificate', {
        at: now(),
        actor: 'system',
        changes: { certificate_id: certificate },
        detail: { certificate },
      })
    },
  })
}

/** The holder has read his data and accepts the conditions: his first act. He is active. */
export async function acceptConditions(
  { db, now }: Deps,
  id: string,
  { locale, version }: { readonly locale: 'fr' | 'en'; readonly version: string },
): Promise<void> {
  // He has read another text than the one that would be written down.
  if (version !== CONDITIONS.version) throw outOfStep()
  const at = now()
  const sha256 = hashConditions(locale)
  await transact(db, async (tx) => {
    const issued = await getEnrolment(tx, id)
    const { personId, organisationId } = issued
    const actor = `person:${personId}`
    const accepted = await takeStep(tx, issued, 'accept', {
      ...{ at, actor },
      changes: { terms_version: version, terms_locale: locale, terms_sha256: sha256 },
      detail: { version, locale, sha256 },
    })
    await takeStep(tx, accepted, 'activate', { at, actor })
    await becomeMember(tx, { organisationId, personId, by: personId }, at)
    await deleteLinks(tx, id)
    await tellEnd(tx, issued, 'enrolment.active', at)
  })
}

/** Who was a member before, and enrols anew, stays what he is. */
async function becomeMember(tx: Tx, act: MembershipAct, at: number): Promise<void> {
  const membership = await findMembership(tx, act)
  if (membership?.state === 'invited') await acceptMembership(tx, act, at)
}

async function getEnrolment(db: Deps['db'], id: string): Promise<Enrolment> {
  const enrolment = await findEnrolment(db, id)
  if (enrolment === undefined) throw outOfStep()
  return enrolment
}
