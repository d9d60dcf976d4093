import type { Db, Tx } from '../../db/database.ts'
import { transact } from '../../db/transact.ts'
import { AppError } from '../../errors.ts'
import { makeIdMaker } from '../../ids.ts'
import { appendEntries } from '../../journal/store.ts'
import { can, type PersonActor } from '../../rights/can.ts'
import { deleteCodes } from './code-store.ts'
import type { EnrolmentDeps } from './deps.ts'
import { absent, destroyImages } from './identity.ts'
import { hashLinkToken, LINK_TOKEN } from './links.ts'
import { type EnrolmentEvent, isOnTheWay } from './model.ts'
import { decideProofs } from './proof-store.ts'
import { signsIn } from './signs-in.ts'
import { outOfStep, takeStep } from './steps.ts'
import {
  deleteLinks,
  type Enrolment,
  findByLink,
  findEnrolment,
  findOpenEnrolment,
  hasCertificate,
  insertEnrolment,
} from './store.ts'
import { tellEnd, tellHolder } from './telling.ts'

type Deps = Pick<EnrolmentDeps, 'db' | 'now' | 'accounts' | 'certificates' | 'images'>

const makeId = makeIdMaker()

/** Whether a person has nothing yet: neither a certificate in force nor a way to one. */
export async function needsEnrolment(db: Db, personId: string, now: number): Promise<boolean> {
  if ((await findOpenEnrolment(db, personId)) !== undefined) return false
  return !(await hasCertificate(db, personId, now))
}

/**
 * Invite a person, in the transaction that makes him a member. The invitation is sent with it.
 *
 * @returns The token of the link, which is kept nowhere.
 * @throws AppError `invalid-request` when he is on the way already.
 */
export async function openEnrolment(
  tx: Tx,
  wanted: {
    readonly personId: string
    readonly organisationId: string
    /** Id of a person, or `operator`. */
    readonly invitedBy: string
    readonly at: number
  },
): Promise<string> {
  const { personId, organisationId, invitedBy, at } = wanted
  if ((await findOpenEnrolment(tx, personId)) !== undefined) throw openAlready()
  const id = makeId(at)
  await insertEnrolment(tx, {
    ...{ id, person_id: personId, organisation_id: organisationId, invited_by: invitedBy },
    ...{ mobile: null, at },
  })
  const actor = invitedBy === 'operator' ? invitedBy : `person:${invitedBy}`
  const detail = { person: personId, organisation: organisationId }
  await appendEntries(tx, [{ at, actor, action: 'enrolment.opened', subject: id, detail }])
  const enrolment = { id, personId, organisationId }
  return tellHolder(tx, enrolment, 'enrolment.invitation', { at, withLink: true })
}

/**
 * Who comes by a link.
 *
 * @returns The enrolment, or `sign-in` when he has all it takes to sign in, or undefined when the link
 * is no good (any more).
 */
export async function resolveLink(
  { db, now, accounts }: Pick<Deps, 'db' | 'now' | 'accounts'>,
  token: string,
): Promise<Enrolment | 'sign-in' | undefined> {
  if (!LINK_TOKEN.test(token)) return undefined
  const enrolment = await findByLink(db, hashLinkToken(token), now())
  if (enrolment === undefined || !isOnTheWay(enrolment.state)) return undefined
  return (await signsIn(accounts, enrolment.personId)) ? 'sign-in' : enrolment
}

/** The holder begins. Harmless when he has begun. */
export async function startEnrolment({ db, now }: Deps, id: string): Promise<void> {
  const at = now()
  await transact(db, async (tx) => {
    const enrolment = await findEnrolment(tx, id)
    if (enrolment?.state !== 'invited') return
    await takeStep(tx, enrolment, 'start', { at, actor: `person:${enrolment.personId}` })
  })
}

/**
 * Send a new link in the place of all those before.
 *
 * @throws AppError `not-found` for other organisations, `not-authorised`, `invalid-request` when he
 * signs in by now.
 */
export async function reissueLink(deps: Deps, id: string, actor: PersonActor): Promise<void> {
  const { db, now, accounts } = deps
  const at = now()
  const { personId } = await getManaged(deps, id, actor)
  // Asked before the transaction: SQLite has one connection, which a transaction keeps to itself.
  const needsLink = !(await signsIn(accounts, personId))
  await transact(db, async (tx) => {
    const enrolment = await getManaged({ ...deps, db: tx }, id, actor)
    if (!isOnTheWay(enrolment.state)) throw outOfStep()
    if (!needsLink) throw needsNoLink()
    await deleteLinks(tx, id)
    const { personId: person } = enrolment
    const entry = {
      at,
      actor: `person:${actor.id}`,
      action: 'enrolment.link-reissued',
      subject: id,
    }
    await appendEntries(tx, [{ ...entry, detail: { person } }])
    await tellHolder(tx, enrolment, 'enrolment.invitation', { at, withLink: true })
  })
}

/** Begin anew: nothing that was shown before counts. @throws AppError as `reissueLink`. */
export async function restartEnrolment(deps: Deps, id: string, actor: PersonActor): Promise<void> {
  const { now, accounts } = deps
  const at = now()
  const before = await getManaged(deps, id, actor)
  const withLink = !(await signsIn(accounts, before.personId))
  await stop(deps, before, {
    ...{ event: 'restart', at, actor: `person:${actor.id}` },
    async tell(tx, enrolment) {
      const other = await findOpenEnrolment(tx, enrolment.personId)
      if (other !== undefined && other.id !== id) throw openAlready()
      await tellHolder(tx, enrolment, 'enrolment.invitation', { at, withLink })
    },
  })
}

/** Stop it until an administrator restarts it. @throws AppError as `reissueLink`. */
export async function blockEnrolment(deps: Deps, id: string, actor: PersonActor): Promise<void> {
  const at = deps.now()
  const before = await getManaged(deps, id, actor)
  await stop(deps, before, {
    ...{ event: 'block', at, actor: `person:${actor.id}` },
    tell: (tx, enrolment) => tellEnd(tx, enrolment, 'enrolment.ended', at),
  })
}

/** Give up what has been silent for too long. */
export async function abandonEnrolment(deps: Deps, enrolment: Enrolment): Promise<void> {
  const at = deps.now()
  await stop(deps, enrolment, {
    ...{ event: 'abandon', at, actor: 'system' },
    tell: (tx) => tellEnd(tx, enrolment, 'enrolment.ended', at),
  })
}

interface Stop {
  readonly event: Extract<EnrolmentEvent, 'abandon' | 'block' | 'restart'>
  readonly at: number
  readonly actor: string
  tell(tx: Tx, enrolment: Enrolment): Promise<unknown>
}

/**
 * A certificate that nobody accepted is revoked first, so that none is left by a crash; images are
 * destroyed, links and codes are void. The key is left to the sweep.
 */
async function stop(
  deps: Deps,
  before: Enrolment,
  { event, at, actor, tell }: Stop,
): Promise<void> {
  const { db, certificates } = deps
  if (before.state === 'active') throw outOfStep()
  if (before.certificateId !== null) await certificates.revoke(before.certificateId, actor)
  const destroyed = await transact(db, async (tx) => {
    const enrolment = await findEnrolment(tx, before.id)
    // Who went on meanwhile is not silent, and what he reached has not been undone.
    if (enrolment === undefined || enrolment.movedAt !== before.movedAt) throw outOfStep()
    await deleteLinks(tx, enrolment.id)
    await deleteCodes(tx, enrolment.id)
    const moved = await takeStep(tx, enrolment, event, { at, actor })
    const files = await decideProofs(tx, enrolment.id, { state: 'withdrawn', by: actor, at })
    await tell(tx, moved)
    return files
  })
  await destroyImages(deps, destroyed)
}

async function getManaged(
  { db, now }: Pick<Deps, 'db' | 'now'>,
  id: string,
  actor: PersonActor,
): Promise<Enrolment> {
  const enrolment = await findEnrolment(db, id)
  if (enrolment === undefined || enrolment.organisationId !== actor.organisationId) throw absent()
  const { organisationId } = enrolment
  const decision = can(actor, { action: 'enrolment.manage', organisationId }, [], now())
  if (decision.allowed) return enrolment
  throw new AppError('not-authorised', 'None of your functions here lets you manage enrolments.')
}

function openAlready(): AppError {
  return new AppError('invalid-request', 'This person is on the way to a certificate already.')
}

function needsNoLink(): AppError {
  return new AppError('invalid-request', 'This person goes on by signing in: a link is not needed.')
}
