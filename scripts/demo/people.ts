import { randomBytes } from 'node:crypto'
import { TOTP } from 'otpauth'
import type { Appliance } from '../../src/appliance.ts'
import type { Db } from '../../src/db/database.ts'
import { makeIdMaker } from '../../src/ids.ts'
import { type Accounts, makeAccounts } from '../../src/people/accounts/service.ts'
import { listMembers } from '../../src/people/lists.ts'
import type { Organisation } from '../../src/people/model.ts'
import { enterMember, foundOrganisation } from '../../src/people/service.ts'
import { listOrganisationsBySiren } from '../../src/people/store.ts'
import type { MemberFunction } from '../../src/rights/matrix.ts'
import type { SecretKeeper } from '../../src/vault/model.ts'
import { makeVault } from '../../src/vault/vault.ts'

/** Somebody of the demo, and how to sign in as him. */
export interface DemoPerson {
  readonly name: string
  readonly function: string
  readonly organisation: string
  readonly email: string
  readonly password: string
  /** Base32, for an application of codes (TOTP). */
  readonly totpSecret: string
}

interface Newcomer {
  readonly givenName: string
  readonly familyName: string
  readonly function: MemberFunction
}

const COUNCIL_PEOPLE: readonly Newcomer[] = [
  { givenName: 'Hélène', familyName: 'Marchal', function: 'president' },
  { givenName: 'Étienne', familyName: 'Lacroix', function: 'secretary-general' },
  { givenName: 'Nadia', familyName: 'Benhaddou', function: 'permanent' },
]
const FIRM = {
  kind: 'firm',
  name: 'Cabinet Sorel & Associés',
  siren: '987654324',
} as const
const FIRM_PEOPLE: readonly Newcomer[] = [
  { givenName: 'Camille', familyName: 'Sorel', function: 'accountant' },
]

/** The people of the council and of a firm, each entered once. */
export async function enterPeople(
  deps: { readonly db: Db; readonly now: () => number },
  council: Organisation,
): Promise<void> {
  await enterAll(deps, council, { people: COUNCIL_PEOPLE, domain: 'croec.example' })
  const [known] = await listOrganisationsBySiren(deps.db, FIRM.siren)
  const firm = known ?? (await foundOrganisation(deps, FIRM))
  await enterAll(deps, firm, { people: FIRM_PEOPLE, domain: 'cabinet-sorel.example' })
}

async function enterAll(
  deps: { readonly db: Db; readonly now: () => number },
  { id: organisationId }: Organisation,
  { people, domain }: { readonly people: readonly Newcomer[]; readonly domain: string },
): Promise<void> {
  if ((await listMembers(deps.db, organisationId, deps.now())).length > 0) return
  for (const person of people) {
    const email = `${plain(person.givenName)}.${plain(person.familyName)}@${domain}`
    await enterMember(deps, { ...person, email, organisationId, validTo: null })
  }
}

function plain(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

/**
 * Let the people of the demo sign in by password and application of codes.
 *
 * @param kept - What an earlier run gave them; whoever is not in it gets a new password and a new
 *   secret.
 */
export async function giveAccounts(
  { db, guard, now }: Pick<Appliance, 'db' | 'now'> & { readonly guard: SecretKeeper },
  {
    council,
    publicUrl,
    kept,
  }: {
    readonly council: Organisation
    readonly publicUrl: string
    readonly kept: readonly DemoPerson[]
  },
): Promise<DemoPerson[]> {
  const makeId = makeIdMaker()
  const vault = makeVault({ db, now, makeId, keys: guard })
  const accounts = makeAccounts({ db, now, makeId, vault, publicUrl })
  const people: DemoPerson[] = []
  for (const organisation of [council, ...(await listOrganisationsBySiren(db, FIRM.siren))]) {
    for (const member of await listMembers(db, organisation.id, now())) {
      const { id: personId, email, givenName, familyName, functions } = member
      const before = kept.find((person) => person.email === email)
      people.push({
        name: `${givenName} ${familyName}`,
        function: functions.join(', '),
        organisation: organisation.name,
        email,
        ...((await isStill(accounts, personId, before)) ?? (await open(personId))),
      })
    }
  }
  vault.close()
  return people

  async function open(personId: string) {
    await db.transaction().execute((tx) => accounts.createAccount(tx, { personId }))
    const password = makePassword()
    await accounts.setPassword(personId, password)
    const { secret: totpSecret } = await accounts.totp.setUp(personId)
    await accounts.totp.confirm(personId, codeBefore(totpSecret, now()))
    return { password, totpSecret }
  }
}

/** What was printed before, if it still opens the account. */
async function isStill(
  accounts: Pick<Accounts, 'findWays'>,
  personId: string,
  before: DemoPerson | undefined,
): Promise<Pick<DemoPerson, 'password' | 'totpSecret'> | undefined> {
  if (before === undefined) return undefined
  const { password, totp } = await accounts.findWays(personId)
  if (!password || !totp) return undefined
  return { password: before.password, totpSecret: before.totpSecret }
}

const GROUPS = 4
const GROUP_LENGTH = 5
/** Nothing that looks like something else when it is typed from a terminal. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

function makePassword(): string {
  const letters = Array.from(
    randomBytes(GROUPS * GROUP_LENGTH),
    (byte) => LETTERS[byte % LETTERS.length],
  ).join('')
  return Array.from({ length: GROUPS }, (_, group) =>
    letters.slice(group * GROUP_LENGTH, (group + 1) * GROUP_LENGTH),
  ).join('-')
}

/** The code of the half minute before, so that the present one is free for the first sign-in. */
function codeBefore(secret: string, now: number): string {
  return new TOTP({ secret }).generate({ timestamp: now - 30_000 })
}
