import type { Db, Tx } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { findPasswordFault, type PasswordFault } from '../people/accounts/password-rules.ts'
import type { Accounts } from '../people/accounts/service.ts'
import { normaliseEmail } from '../people/model.ts'
import { enterMemberIn } from '../people/service.ts'
import { findPerson, renamePerson } from '../people/store.ts'
import { type FirstRun, requireReached } from './model.ts'
import { changeRun, findFirstRun } from './store.ts'
import { actorOf, over, type StepDeps, takeStep } from './take-step.ts'

export interface AdministratorDeps extends StepDeps {
  readonly accounts: Pick<
    Accounts,
    'createAccount' | 'setPassword' | 'findWays' | 'hasFactor' | 'passkeys' | 'totp'
  >
}

/** Who is to administer the appliance. */
export interface Identity {
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  /** E.164. */
  readonly mobile: string
}

/** What the first administrator still lacks, in the order in which it is asked for. */
export type AdministratorNeed = 'identity' | 'password' | 'factor' | 'attestation'

/**
 * Enter the first administrator, who becomes Secretary General; or correct who he is, as long as his
 * identity is not attested.
 *
 * @throws AppError `invalid-request` out of order, or once it is attested.
 */
export async function enterAdministrator(
  { db, now, accounts }: AdministratorDeps,
  identity: Identity,
): Promise<void> {
  const at = now()
  await db.transaction().execute(async (tx) => {
    const isOpen = await changeRun(tx, {})
    const run = await findFirstRun(tx)
    if (!isOpen || run === undefined || run.organisationId === null) throw over()
    requireReached(run, 'administrator')
    if (run.done.has('administrator')) throw attested()
    const personId = run.personId ?? (await enter(tx, identity, run, at))
    await putIdentity(tx, personId, { ...identity, locale: run.locale })
    await changeRun(tx, { personId })
    await accounts.createAccount(tx, { personId })
    if (run.personId === null) return
    const action = 'member.corrected'
    await appendEntries(tx, [{ at, actor: actorOf(run), action, subject: personId, detail: {} }])
  })
}

async function enter(tx: Tx, identity: Identity, run: FirstRun, at: number): Promise<string> {
  const { givenName, familyName, email } = identity
  const held = { function: 'secretary-general', validTo: null } as const
  const organisationId = run.organisationId ?? ''
  const member = { organisationId, givenName, familyName, email, ...held }
  return enterMemberIn(tx, member, { at, actor: 'operator' })
}

async function putIdentity(
  tx: Db,
  id: string,
  { email, mobile, locale, ...names }: Identity & Pick<FirstRun, 'locale'>,
): Promise<void> {
  await tx
    .updateTable('person')
    .set({ email: normaliseEmail(email), mobile, locale })
    .where('id', '=', id)
    .execute()
  await renamePerson(tx, id, names)
}

/** What is wrong with a password, before anybody is entered with it. */
export function passwordFault(password: string, identity: Identity): PasswordFault | undefined {
  return findPasswordFault(password.normalize('NFC'), identity)
}

/** Who the administrator is, as far as he was entered. */
export async function findIdentity(db: Db, run: FirstRun): Promise<Identity | undefined> {
  const person = run.personId === null ? undefined : await findPerson(db, run.personId)
  if (person === undefined) return undefined
  const { givenName, familyName, email, mobile } = person
  return { givenName, familyName, email, mobile: mobile ?? '' }
}

/** @returns What comes next, or undefined when the step is done. */
export async function findNeed(
  { accounts }: Pick<AdministratorDeps, 'accounts'>,
  { personId, done }: FirstRun,
): Promise<AdministratorNeed | undefined> {
  if (done.has('administrator')) return undefined
  if (personId === null) return 'identity'
  const { password, totp, passkeys } = await accounts.findWays(personId)
  if (!password) return 'password'
  return totp || passkeys > 0 ? 'attestation' : 'factor'
}

/**
 * The minutes are printed and signed: this is the person who he says he is. A factor may come later,
 * but before the end.
 *
 * @throws AppError `invalid-request` without a password, or out of order.
 */
export async function attestAdministrator(deps: AdministratorDeps): Promise<void> {
  const { personId, organisationId } = await getRun(deps)
  if (personId === null) throw needs('identity')
  const { password } = await deps.accounts.findWays(personId)
  if (!password) throw needs('password')
  const detail = { organisation: organisationId, by: 'signed-minutes' }
  await takeStep(deps, 'administrator', async () => ({
    detail: {},
    entries: [{ action: 'identity.attested', subject: personId, detail }],
  }))
}

async function getRun({ db }: Pick<StepDeps, 'db'>): Promise<FirstRun> {
  const run = await findFirstRun(db)
  if (run === undefined || run.finishedAt !== null) throw over()
  return run
}

function needs(need: AdministratorNeed): AppError {
  return new AppError('invalid-request', `The administrator has no ${need} yet.`, {
    hints: { need },
  })
}

function attested(): AppError {
  return new AppError(
    'invalid-request',
    'The identity of the administrator is attested: correct it among the members later.',
  )
}
