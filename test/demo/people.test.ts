import { TOTP } from 'otpauth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DemoPerson, enterPeople, giveAccounts } from '../../scripts/demo/people.ts'
import type { Db } from '../../src/db/database.ts'
import { makeIdMaker } from '../../src/ids.ts'
import { makeAccounts } from '../../src/people/accounts/service.ts'
import { foundOrganisation } from '../../src/people/service.ts'
import { listCapacities } from '../../src/people/standing.ts'
import { makeVault } from '../../src/vault/vault.ts'
import { openTestDatabase } from '../support/databases.ts'
import { startTestGuard, type TestGuard } from '../support/guard.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const PUBLIC_URL = 'https://localhost:8443'
let hsm: SoftHsm
let guard: TestGuard

beforeAll(async () => {
  hsm = await makeSoftHsm()
  guard = await startTestGuard(hsm)
})

afterAll(async () => {
  await guard.stop()
  await hsm.remove()
})

async function found(db: Db) {
  const now = Date.now
  const council = { kind: 'council', name: 'Conseil du Val de Brume', siren: '123456782' } as const
  const organisation = await foundOrganisation({ db, now }, council)
  await enterPeople({ db, now }, organisation)
  const give = (kept: readonly DemoPerson[]) =>
    giveAccounts(
      { db, now, guard: guard.client },
      { council: organisation, publicUrl: PUBLIC_URL, kept },
    )
  return { organisation, give }
}

/** Sign in as the page does. */
async function signIn(db: Db, { email, password, totpSecret }: DemoPerson) {
  const [now, makeId] = [Date.now, makeIdMaker()]
  const vault = makeVault({ db, now, makeId, keys: guard.client })
  const { signIns } = makeAccounts({ db, now, makeId, vault, publicUrl: PUBLIC_URL })
  const browser = { ip: '127.0.0.1', userAgent: 'Firefox', boundTo: email }
  await signIns.byPassword({ ...browser, email, password })
  const code = new TOTP({ secret: totpSecret }).generate()
  return signIns.byCode({ ...browser, code, codeKind: 'totp' })
}

test('everybody of the demo can sign in with what is printed, at once', async () => {
  const { db } = await openTestDatabase('sqlite')
  const { give } = await found(db)
  const people = await give([])

  expect(people.map(({ name, function: held }) => [name, held])).toEqual([
    ['Hélène Marchal', 'president'],
    ['Étienne Lacroix', 'secretary-general'],
    ['Nadia Benhaddou', 'permanent'],
    ['Camille Sorel', 'accountant'],
  ])
  expect(new Set(people.map(({ password }) => password)).size).toBe(4)
  for (const person of people) {
    const answer = await signIn(db, person)
    if (answer.kind !== 'signed-in') throw new Error(answer.kind)
    const capacities = await listCapacities(db, answer.session.personId, Date.now())
    expect(capacities).toMatchObject([{ organisation: person.organisation }])
  }
})

test('a second run keeps what the first one printed, and replaces what is lost', async () => {
  const { db } = await openTestDatabase('sqlite')
  const { organisation, give } = await found(db)
  const [president, ...others] = await give([])
  if (president === undefined) throw new Error('nobody')

  await enterPeople({ db, now: Date.now }, organisation)
  const again = await give(others)

  expect(again.slice(1)).toEqual(others)
  expect(again[0]).toMatchObject({ name: president.name, email: president.email })
  expect(again[0]?.password).not.toBe(president.password)
  expect(again[0]?.totpSecret).not.toBe(president.totpSecret)
  expect(await signIn(db, again[0] ?? president)).toMatchObject({ kind: 'signed-in' })
})
