import { createHash } from 'node:crypto'
import { transact } from '../../db/transact.ts'
import { AppError } from '../../errors.ts'
import { appendEntries } from '../../journal/store.ts'
import { can, type PersonActor } from '../../rights/can.ts'
import type { CleanImage, EnrolmentDeps } from './deps.ts'
import { endOfDay, type IdentityKind, type Method } from './model.ts'
import { decideProofs, findPendingProof, insertProof } from './proof-store.ts'
import { signsIn } from './signs-in.ts'
import { outOfStep, takeStep } from './steps.ts'
import { type Enrolment, findEnrolment } from './store.ts'
import { tellEnd, tellHolder, tellVerifiers } from './telling.ts'

type Deps = Pick<
  EnrolmentDeps,
  'db' | 'now' | 'makeId' | 'images' | 'vault' | 'cleanIdentityFile' | 'accounts'
>

export const IDENTITY_FILE_BYTES_MAX = 10 * 1024 * 1024

export interface SubmittedIdentity {
  readonly kind: IdentityKind
  readonly last4: string
  /** `YYYY-MM-DD`. */
  readonly expiresOn: string
  /** Null for who is in no professional register. */
  readonly professionalId: string | null
  readonly professionalIdSource: 'typed' | 'oidc'
  readonly file: Uint8Array
}

/**
 * Hand in a document. What is kept of the file is a cleaned copy, sealed by the vault.
 *
 * @throws AppError `invalid-request` with the hint `field` when the file is none of the three kinds,
 * or the document has ended.
 */
export async function submitIdentity(
  deps: Deps,
  id: string,
  submitted: SubmittedIdentity,
): Promise<void> {
  const { db, now, makeId, images, vault } = deps
  const at = now()
  const { kind, last4, expiresOn, professionalId, professionalIdSource } = submitted
  if (endOfDay(expiresOn) <= at) throw wrongField('expiresOn', 'This document has ended.')
  // Before anything is written: most refusals need neither HSM nor disk.
  const before = await findEnrolment(db, id)
  if (before?.state !== 'contact-verified' && before?.state !== 'identity-rejected') {
    throw outOfStep()
  }
  const { type, bytes } = await clean(deps, submitted.file)
  const fileSha256 = createHash('sha256').update(bytes).digest('hex')
  const fileId = await images.put(await vault.seal(bytes))
  await transact(db, async (tx) => {
    const enrolment = await findEnrolment(tx, id)
    if (enrolment === undefined) throw outOfStep()
    const moved = await takeStep(tx, enrolment, 'submit-identity', {
      at,
      actor: `person:${enrolment.personId}`,
      changes: { professional_id: professionalId, professional_id_source: professionalIdSource },
      detail: { kind, sha256: fileSha256 },
    })
    const proof = { enrolmentId: id, submittedAt: at, kind, last4, expiresOn, fileSha256, fileId }
    await insertProof(tx, { id: makeId(at), fileType: type, ...proof })
    await tellVerifiers(tx, moved, at)
  })
}

async function clean({ cleanIdentityFile }: Deps, file: Uint8Array): Promise<CleanImage> {
  if (file.length > IDENTITY_FILE_BYTES_MAX) {
    throw wrongField('file', 'This file is larger than 10 MB.')
  }
  try {
    return await cleanIdentityFile(file)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { reason = 'unknown-kind' } = error.hints
    const hints = { field: 'file', reason }
    throw new AppError('invalid-request', error.message, { hints, cause: error })
  }
}

function wrongField(field: string, message: string): AppError {
  return new AppError('invalid-request', message, { hints: { field } })
}

/**
 * The image that waits for its verifier. Every look is in the journal before it is given.
 *
 * @throws AppError `not-found` for other organisations and when there is no image,
 * `not-authorised` for oneself and who may not verify.
 */
export async function viewIdentity(
  deps: Deps,
  id: string,
  actor: PersonActor,
): Promise<{ type: CleanImage['type']; bytes: Uint8Array }> {
  const { db, now, images, vault } = deps
  const at = now()
  const enrolment = await getVerifiable(deps, id, actor)
  const proof = await findPendingProof(db, id)
  if (proof === undefined || proof.fileId === null) {
    throw new AppError('not-found', 'There is no image: it is destroyed once it is decided on.')
  }
  const detail = { person: enrolment.personId, sha256: proof.fileSha256 }
  await db.transaction().execute(async (tx) => {
    const entry = { at, actor: `person:${actor.id}`, action: 'identity.viewed', subject: id }
    await appendEntries(tx, [{ ...entry, detail }])
  })
  return { type: proof.fileType, bytes: await vault.open(await images.get(proof.fileId)) }
}

/**
 * Another person has compared: the identity is verified, the image destroyed, the proof kept.
 *
 * @throws AppError as `viewIdentity`, and `invalid-request` when it is not its turn.
 */
export async function verifyIdentity(
  deps: Deps,
  id: string,
  { actor, method }: { readonly actor: PersonActor; readonly method: Method },
): Promise<void> {
  const { db, now, accounts } = deps
  const at = now()
  const { personId } = await getVerifiable(deps, id, actor)
  const withLink = !(await signsIn(accounts, personId))
  const destroyed = await transact(db, async (tx) => {
    const enrolment = await getVerifiable({ ...deps, db: tx }, id, actor)
    const step = { at, actor: `person:${actor.id}`, detail: { method } }
    await takeStep(tx, enrolment, 'verify-identity', step)
    const decision = { state: 'verified', method, by: actor.id, at } as const
    const files = await decideProofs(tx, id, decision)
    const { professionalId: professional_id } = enrolment
    if (professional_id !== null) {
      await tx.updateTable('person').set({ professional_id }).where('id', '=', personId).execute()
    }
    await tellHolder(tx, enrolment, 'enrolment.identity-verified', { at, withLink })
    return files
  })
  await destroyImages(deps, destroyed)
}

/** @throws AppError as `verifyIdentity`. */
export async function rejectIdentity(
  deps: Deps,
  id: string,
  { actor, reason }: { readonly actor: PersonActor; readonly reason: string },
): Promise<void> {
  const { db, now, accounts } = deps
  const at = now()
  const { personId } = await getVerifiable(deps, id, actor)
  const withLink = !(await signsIn(accounts, personId))
  const destroyed = await transact(db, async (tx) => {
    const enrolment = await getVerifiable({ ...deps, db: tx }, id, actor)
    const step = { at, actor: `person:${actor.id}` }
    const { state } = await takeStep(tx, enrolment, 'reject-identity', step)
    const files = await decideProofs(tx, id, { state: 'rejected', by: actor.id, at, reason })
    if (state === 'blocked') await tellEnd(tx, enrolment, 'enrolment.ended', at)
    else await tellHolder(tx, enrolment, 'enrolment.identity-rejected', { at, withLink })
    return files
  })
  await destroyImages(deps, destroyed)
}

/** What a crash here leaves is found by the sweep: no row names the file any more. */
export async function destroyImages(
  { images }: Pick<Deps, 'images'>,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) await images.remove(id)
}

async function getVerifiable(
  { db, now }: Pick<Deps, 'db' | 'now'>,
  id: string,
  actor: PersonActor,
): Promise<Enrolment> {
  const enrolment = await findEnrolment(db, id)
  if (enrolment === undefined || enrolment.organisationId !== actor.organisationId) throw absent()
  const { organisationId, personId } = enrolment
  const decision = can(actor, { action: 'identity.verify', organisationId, personId }, [], now())
  if (decision.allowed) return enrolment
  throw new AppError(
    'not-authorised',
    decision.because === 'about-oneself'
      ? 'Nobody verifies his own identity: another person who may do it must.'
      : 'None of your functions in this organisation lets you verify identities.',
  )
}

export function absent(): AppError {
  return new AppError('not-found', 'There is no such enrolment.')
}
