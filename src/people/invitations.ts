import type { Db, Tx } from '../db/database.ts'
import { transact } from '../db/transact.ts'
import { AppError } from '../errors.ts'
import type { MakeId } from '../ids.ts'
import { appendEntries } from '../journal/store.ts'
import type { NoticeInput } from '../notices/enqueue.ts'
import { listFunctions } from './functions-store.ts'
import { acceptMembership, endMembership } from './memberships.ts'
import type { Membership, Person } from './model.ts'
import {
  changeMembership,
  findMembership,
  findOrganisation,
  insertMembership,
  insertPersonOnce,
  nameMembership,
} from './store.ts'
import { type GivenFunction, giveFunction } from './terms.ts'

/** What the other areas do for an invitation. */
export interface InvitationDeps {
  readonly db: Db
  readonly now: () => number
  readonly makeId: MakeId
  enqueueNotice(tx: Tx, notice: NoticeInput, at: number): Promise<unknown>
  /** Whether a person has neither a certificate in force nor a way to one. */
  needsEnrolment(db: Db, personId: string, now: number): Promise<boolean>
  /** Opens the enrolment and tells the person so. */
  openEnrolment(
    tx: Tx,
    wanted: { personId: string; organisationId: string; invitedBy: string; at: number },
  ): Promise<unknown>
  hasCertificate(db: Db, personId: string, now: number): Promise<boolean>
}

/** Whom an organisation invites, and as what. */
export interface Invited {
  readonly organisationId: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  readonly locale: Person['locale']
  readonly given: GivenFunction
  /** Id of the person who invites. */
  readonly by: string
}

/** What became of it; a second invitation of the same person is the first one. */
export interface Invitation {
  readonly personId: string
  readonly isRepeated: boolean
}

/**
 * Invite a person. Who has a certificate already becomes a member by accepting, and has nothing to
 * do again, and so does who is on the way to one; for everybody else an enrolment is opened. The organisation that invites does not learn
 * which of the two it was, nor anything else of the person, before he has accepted.
 *
 * @throws AppError `invalid-request` with the hint `reason`: `already-member`, `term-over`.
 */
export async function inviteMember(deps: InvitationDeps, invited: Invited): Promise<Invitation> {
  const { db, now, makeId } = deps
  const at = now()
  return transact(db, async (tx) => {
    const { organisationId, givenName, familyName, email, locale } = invited
    const named = { givenName, familyName, email }
    const person = await insertPersonOnce(tx, { id: makeId(at), ...named, locale }, at)
    const membership = await openMembership(tx, {
      id: makeId(at),
      personId: person.id,
      invited,
      at,
    })
    if (membership === undefined) return { personId: person.id, isRepeated: true }
    const held = await listFunctions(tx, membership.id)
    await giveFunction(tx, { membership, held, given: invited.given, makeId, at })
    await tell(tx, deps, { person, invited, at })
    const detail = { organisation: organisationId, function: invited.given.function }
    const entry = { at, actor: `person:${invited.by}`, action: 'member.invited' }
    await appendEntries(tx, [{ ...entry, subject: person.id, detail }])
    return { personId: person.id, isRepeated: false }
  })
}

/** @returns undefined when the person is invited already. */
async function openMembership(
  tx: Tx,
  wanted: { id: string; personId: string; invited: Invited; at: number },
): Promise<Membership | undefined> {
  const { id, personId, invited, at } = wanted
  const { organisationId } = invited
  const of = { organisationId, personId }
  const membership = { id, ...of, state: 'invited', validFrom: at, validTo: null } as const
  const { givenName, familyName, email } = invited
  const named = { givenName, familyName, email }
  await insertMembership(tx, { ...membership, ...named }, at)
  const found = await findMembership(tx, of)
  if (found === undefined) throw new RangeError('a membership that was just written is not there')
  if (found.id === id) return found
  if (found.state === 'invited') return undefined
  const again = await changeMembership(tx, of, 'invite-again', at)
  if (again === undefined) throw alreadyMember()
  await nameMembership(tx, again.id, named)
  return again
}

async function tell(
  tx: Tx,
  deps: InvitationDeps,
  { person, invited, at }: { person: Person; invited: Invited; at: number },
): Promise<void> {
  const { organisationId, by: invitedBy } = invited
  const { id: personId, email, locale } = person
  if (await deps.needsEnrolment(tx, personId, at)) {
    await deps.openEnrolment(tx, { personId, organisationId, invitedBy, at })
    return
  }
  const organisation = (await findOrganisation(tx, organisationId))?.name ?? ''
  const to = { channel: 'mail', to: email, personId, organisationId, locale } as const
  await deps.enqueueNotice(tx, { ...to, kind: 'member.invited', data: { organisation } }, at)
}

/** The invited person himself, and the organisation that waits for him. */
interface OwnInvitation {
  readonly organisationId: string
  readonly personId: string
}

/**
 * Become a member: nothing is to be done again, as the person has a certificate already.
 *
 * @throws AppError `not-found` when he is not invited, `not-authorised` while he has no certificate.
 */
export async function acceptInvitation(
  { db, now, hasCertificate }: Pick<InvitationDeps, 'db' | 'now' | 'hasCertificate'>,
  own: OwnInvitation,
): Promise<void> {
  const at = now()
  await transact(db, async (tx) => {
    await acceptMembership(tx, { ...own, by: own.personId }, at)
    if (await hasCertificate(tx, own.personId, at)) return
    throw new AppError('not-authorised', 'Complete your enrolment first: you have no certificate.')
  })
}

/** @throws AppError `not-found` when he is not invited. */
export async function refuseInvitation(
  deps: { readonly db: Db; readonly now: () => number },
  own: OwnInvitation,
): Promise<void> {
  const membership = await findMembership(deps.db, own)
  if (membership?.state !== 'invited') {
    throw new AppError('not-found', 'There is no such invitation.')
  }
  await endMembership(deps, { ...own, by: own.personId })
}

function alreadyMember(): AppError {
  return new AppError('invalid-request', 'This person is a member already.', {
    hints: { reason: 'already-member', field: 'email' },
  })
}
