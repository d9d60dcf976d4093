import type { Db, Tx } from '../db/database.ts'
import { transact } from '../db/transact.ts'
import { AppError } from '../errors.ts'
import type { MakeId } from '../ids.ts'
import { appendEntries } from '../journal/store.ts'
import type { MemberFunction } from '../rights/matrix.ts'
import { keepingAnAdministrator, listAdministrating } from './administrators.ts'
import { insertFunction, listFunctions, replaceCapacities, setTerm } from './functions-store.ts'
import type { MembershipAct } from './memberships.ts'
import {
  findIncompatible,
  type HeldFunction,
  isOver,
  type Membership,
  type SigningCapacity,
  type Term,
} from './model.ts'
import { findMembership } from './store.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
  readonly makeId: MakeId
}

/** A function that is given to a member. */
export interface GivenFunction extends Term {
  readonly function: MemberFunction
  readonly capacities: readonly SigningCapacity[]
}

/**
 * Give a member a function for a term, or another term and other capacities to one he has.
 *
 * @throws AppError `not-found` when he is no member; `invalid-request` for a term that is over
 * already, or a function that he must not hold beside another; `not-authorised` when the
 * organisation would be left without an administrator.
 */
export async function setFunction(
  { db, now, makeId }: Deps,
  act: MembershipAct & { readonly given: GivenFunction },
): Promise<void> {
  const at = now()
  await transact(db, (tx) =>
    keepingAnAdministrator(tx, { ...act, now: at }, async () => {
      const membership = await getMembership(tx, act)
      const held = await listFunctions(tx, membership.id)
      await giveFunction(tx, { membership, held, given: act.given, makeId, at })
      await appendEntries(tx, [functionEntry('member.function-set', act, act.given, at)])
    }),
  )
}

/**
 * End a function before its term.
 *
 * @param validTo - Unix ms, exclusive; now at the earliest.
 * @throws AppError `not-found`, `not-authorised` as `setFunction`.
 */
export async function endFunction(
  { db, now }: Deps,
  act: MembershipAct & { readonly functionId: string; readonly validTo: number },
): Promise<void> {
  const at = now()
  await transact(db, (tx) =>
    keepingAnAdministrator(tx, { ...act, now: at }, async () => {
      const membership = await getMembership(tx, act)
      const held = (await listFunctions(tx, membership.id)).find(({ id }) => id === act.functionId)
      if (held === undefined || isOver(held, at)) throw noFunction()
      const term = { validFrom: held.validFrom, validTo: Math.max(at, act.validTo) }
      await setTerm(tx, { membershipId: membership.id, functionId: held.id }, term)
      const ended = { ...term, function: held.function }
      await appendEntries(tx, [functionEntry('member.function-ended', act, ended, at)])
    }),
  )
}

/** In the transaction of whoever gives it, who also journals it. */
export async function giveFunction(
  tx: Tx,
  to: {
    readonly membership: Membership
    readonly held: readonly HeldFunction[]
    readonly given: GivenFunction
    readonly makeId: MakeId
    readonly at: number
  },
): Promise<void> {
  const { membership, held, given, makeId, at } = to
  requireTerm(given, at)
  requireCompatible(given, held, await listAdministrating(tx, membership.organisationId))
  const same = held.find((one) => one.function === given.function && !isOver(one, at))
  const { function: wanted, validFrom, validTo } = given
  const id = same?.id ?? makeId(at)
  if (same === undefined) {
    await insertFunction(tx, membership.id, { id, function: wanted, validFrom, validTo }, at)
  } else {
    await setTerm(tx, { membershipId: membership.id, functionId: id }, { validFrom, validTo })
  }
  const capacities = given.capacities.map((one) => ({ ...one, id: makeId(at) }))
  await replaceCapacities(tx, id, capacities)
}

function requireTerm({ validFrom, validTo }: Term, at: number): void {
  if (validTo === null || (validTo > validFrom && validTo > at)) return
  throw refused('term-over', 'The last day must come after the first, and must not be past.')
}

function requireCompatible(
  given: GivenFunction,
  held: readonly HeldFunction[],
  administrating: readonly MemberFunction[],
): void {
  const other = findIncompatible(given, held, administrating)
  if (other === undefined) return
  const message = `Nobody may be ${given.function} and ${other} of one organisation at a time.`
  throw refused('not-together', message)
}

async function getMembership(tx: Tx, act: MembershipAct): Promise<Membership> {
  const membership = await findMembership(tx, act)
  if (membership !== undefined && membership.state !== 'ended') return membership
  throw new AppError('not-found', 'There is no such member.')
}

function functionEntry(
  action: string,
  act: MembershipAct,
  { function: held, validFrom, validTo }: Term & { readonly function: MemberFunction },
  at: number,
) {
  const { personId: subject, organisationId: organisation } = act
  const detail = { organisation, function: held, from: validFrom, to: validTo }
  return { at, actor: `person:${act.by}`, action, subject, detail }
}

function refused(reason: string, message: string): AppError {
  return new AppError('invalid-request', message, { hints: { reason } })
}

function noFunction(): AppError {
  return new AppError('not-found', 'There is no such function that could end.')
}
