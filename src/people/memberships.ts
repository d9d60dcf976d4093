import type { Db, Tx } from '../db/database.ts'
import { transact } from '../db/transact.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { keepingAnAdministrator } from './administrators.ts'
import { endFunctions } from './functions-store.ts'
import type { Membership, MembershipChange } from './model.ts'
import { changeMembership, findPerson, nameMembership } from './store.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
}

/** Whose membership of what is changed, and the person who does it. */
export interface MembershipAct {
  readonly organisationId: string
  readonly personId: string
  /** Id of the person who acts. */
  readonly by: string
}

/**
 * A member can do nothing for the organisation until he is resumed. The last administrator cannot
 * suspend himself; somebody else who may suspend members can.
 *
 * @throws AppError `not-found` when he is no active member, `not-authorised`.
 */
export async function suspendMember({ db, now }: Deps, act: MembershipAct): Promise<void> {
  const at = now()
  await transact(db, async (tx) => {
    const suspend = () => change(tx, 'suspend', act, at)
    if (act.by !== act.personId) return suspend()
    await keepingAnAdministrator(tx, { ...act, now: at }, suspend)
  })
}

/** @throws AppError `not-found` when he is not suspended. */
export async function resumeMember({ db, now }: Deps, act: MembershipAct): Promise<void> {
  await transact(db, (tx) => change(tx, 'resume', act, now()))
}

/**
 * End a membership, or take an invitation back; its functions end at the same moment.
 *
 * @throws AppError `not-found` when there is none that could end, `not-authorised` for the last
 * administrator.
 */
export async function endMembership({ db, now }: Deps, act: MembershipAct): Promise<void> {
  const at = now()
  await transact(db, (tx) =>
    keepingAnAdministrator(tx, { ...act, now: at }, () => change(tx, 'end', act, at)),
  )
}

/** Each change and what the journal calls it. */
const ENTRIES: Readonly<Record<Exclude<MembershipChange, 'invite-again'>, string>> = {
  accept: 'member.accepted',
  suspend: 'member.suspended',
  resume: 'member.resumed',
  end: 'member.ended',
}

/** The invited person is a member from now on: he has accepted, or his enrolment is complete. */
export async function acceptMembership(tx: Tx, act: MembershipAct, at: number): Promise<void> {
  await change(tx, 'accept', act, at)
}

async function change(
  tx: Tx,
  wanted: keyof typeof ENTRIES,
  act: MembershipAct,
  at: number,
): Promise<void> {
  const changed = await changeMembership(tx, act, wanted, at)
  if (changed === undefined) {
    throw new AppError('not-found', 'There is no member of whom this can be done now.')
  }
  await settle(tx, wanted, changed, at)
  const { personId: subject, organisationId: organisation } = act
  const entry = { at, actor: `person:${act.by}`, action: ENTRIES[wanted], subject }
  await appendEntries(tx, [{ ...entry, detail: { organisation } }])
}

async function settle(
  tx: Tx,
  wanted: keyof typeof ENTRIES,
  { id, personId }: Membership,
  at: number,
): Promise<void> {
  if (wanted === 'end') await endFunctions(tx, id, at)
  if (wanted === 'accept') await nameByPerson(tx, id, personId)
}

async function nameByPerson(tx: Tx, membershipId: string, personId: string): Promise<void> {
  const person = await findPerson(tx, personId)
  if (person !== undefined) await nameMembership(tx, membershipId, person)
}
