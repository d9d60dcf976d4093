import { expect, test } from 'vitest'
import { dueReminder, makeReminders } from '../../src/authority/reminders.ts'
import type { Db } from '../../src/db/database.ts'
import { MAIL_TEMPLATES } from '../../views/mail/templates.ts'
import { type AuthorityBench, makeAuthorityBench } from '../support/authority-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'

const START = Date.UTC(2026, 10, 24, 12)
const END = Date.UTC(2029, 10, 24, 12)
const DAY_MS = 86_400_000

test.each([
  { left: 61, due: undefined },
  { left: 60, due: 60 },
  { left: 31, due: 60 },
  { left: 30, due: 30 },
  { left: 8, due: 15 },
  { left: 7, due: 7 },
  { left: 2, due: 7 },
  { left: 1, due: 1 },
])('$left days before the end the reminder of $due days is due', ({ left, due }) => {
  expect(dueReminder(left)).toBe(due)
})

/** Ada holds a certificate and is in the council, whose Secretary General is Sam; Eve is elsewhere. */
async function fill(db: Db): Promise<void> {
  for (const [id, name, created_at] of [
    ['council', 'Conseil', 1],
    ['other', 'Autre', 2],
  ] as const) {
    const row = { id, name, created_at, siren: '012345674', kind: 'council' } as const
    await db.insertInto('organisation').values(row).execute()
  }
  for (const [id, organisation_id, held, locale] of [
    ['ada', 'council', 'president', 'fr'],
    ['sam', 'council', 'secretary-general', 'en'],
    ['eve', 'other', 'secretary-general', 'fr'],
  ] as const) {
    const email = `${id}@x.example`
    const person = { id, given_name: id, family_name: 'X', email, locale, created_at: 1 } as const
    await db.insertInto('person').values(person).execute()
    const dates = { valid_from: 1, valid_to: null }
    const membership = { id, organisation_id, person_id: id, ...dates, state: 'active' } as const
    await db.insertInto('membership').values(membership).execute()
    const held_ = { id, membership_id: id, function: held, ...dates, created_at: 1 }
    await db.insertInto('member_function').values(held_).execute()
  }
}

async function makeBench(db: Db) {
  await fill(db)
  const bench = await makeAuthorityBench(db, START)
  return { ...bench, ...makeReminders({ db, now: () => bench.clock.now }) }
}

/** What stands in the outbox since the last look, and what it says. */
async function told({ db }: AuthorityBench) {
  const rows = await db.selectFrom('notice').selectAll().orderBy('id').execute()
  await db.deleteFrom('notice').execute()
  return rows.map(({ kind, recipient, locale, data_json }) => {
    const data = JSON.parse(data_json)
    const template = Object.entries(MAIL_TEMPLATES).find(([name]) => name === kind)?.[1]
    const mail = template?.say(locale, data)
    return { kind, to: recipient, locale, data, text: JSON.stringify(mail) }
  })
}

describeEachDatabase('reminders', (open) => {
  test('come at 60, 30, 15, 7 and 1 days, each once, to holder and administrators', async () => {
    const bench = await makeBench((await open()).db)
    const { id } = await bench.issuePerson({ personId: 'ada' })
    const days: number[] = []

    for (const left of [61, 60, 59.5, 31, 30, 16, 15, 14.5, 7, 3, 1, 0.5, -1]) {
      bench.clock.now = END - left * DAY_MS
      // Another process, and one that was started anew, ask as well.
      await Promise.all([bench.remind(), bench.remind()])
      await bench.remind()
      const notices = await told(bench)
      if (notices.length === 0) continue
      expect(notices.map(({ to }) => to)).toEqual(['ada@x.example', 'sam@x.example'])
      expect(notices[0]).toMatchObject({ kind: 'certificate.ending', data: { certificateId: id } })
      expect(notices[0]?.text).toContain('/my-certificate')
      expect(notices[1]?.text).toContain(`/certificates/${id}`)
      expect(notices[1]?.text).toContain('The certificate of ada X ends')
      days.push(notices[0]?.data.days)
    }

    expect(days).toEqual([60, 30, 15, 7, 1])
  })

  test('that were missed are made up for by the most urgent one alone', async () => {
    const bench = await makeBench((await open()).db)
    await bench.issuePerson({ personId: 'ada' })
    bench.clock.now = END - 10 * DAY_MS

    expect(await bench.remind()).toBe(1)
    expect(await bench.remind()).toBe(0)
    expect((await told(bench)).map(({ data }) => data.days)).toEqual([10, 10])
    bench.clock.now = END - 7 * DAY_MS
    expect(await bench.remind()).toBe(1)
  })

  test('say what depends on a seal’s certificate, to its organisation and the delegations’ parties', async () => {
    const bench = await makeBench((await open()).db)
    const key = await bench.token.generateKey({ algorithm: 'p-256', label: 'seal' })
    const subject = { country: 'FR', commonName: 'Cachet du conseil' }
    const asked = { profile: 'seal', subject, publicKey: key.publicKey, key } as const
    const { id } = await bench.authority.issue({ ...asked, organisationId: 'council' })
    const seal = {
      ...{ id: 'conseil', organisation_id: 'council', name: 'Conseil', key_id: key.keyId },
      ...{ certificate_id: id, signature_algorithm: 'ecdsa-p256-sha256', created_at: 1 },
      ...{ logo: null, logo_type: null },
      state: 'active',
    } as const
    await bench.db.insertInto('seal').values(seal).execute()
    const delegation = {
      ...{ id: 'd1', number: 'D-2026-001', version: 1, organisation_id: 'council' },
      ...{ grantor_person_id: 'ada', grantee_client_id: null, grantee_person_id: null },
      ...{ seal_id: 'conseil', valid_from: 1, valid_to: null, created_at: 1 },
      ...({ kind: 'seal', state: 'active' } as const),
    }
    await bench.db.insertInto('delegation').values(delegation).execute()
    bench.clock.now = END - 20 * DAY_MS

    await bench.remind()

    const notices = await told(bench)
    expect(notices.map(({ to }) => to)).toEqual(['ada@x.example', 'sam@x.example'])
    expect(notices[0]?.text).toContain('cachet Conseil, délégation D-2026-001')
    expect(notices[1]?.text).toContain('seal Conseil, delegation D-2026-001')
  })

  test('leave out what is revoked, superseded, or the appliance’s own business', async () => {
    const bench = await makeBench((await open()).db)
    const [revoked, old] = [await bench.issuePerson(), await bench.issueSeal()]
    await bench.authority.revoke(revoked.id, 1, 'operator')
    await bench.db
      .transaction()
      .execute((tx) => bench.authority.supersede(tx, old.id, revoked.id, 'operator'))
    const key = await bench.token.generateKey({ algorithm: 'p-256', label: 'tls' })
    await bench.authority.issue({
      profile: 'tls',
      subject: { country: 'FR', commonName: 'a' },
      publicKey: key.publicKey,
    })
    await told(bench)

    for (const at of [END - 5 * DAY_MS, START + 360 * DAY_MS]) {
      bench.clock.now = at
      expect(await bench.remind()).toBe(0)
    }
    expect(await told(bench)).toEqual([])
  })

  test('ask for a decision when a hold has lasted thirty days, once for each hold', async () => {
    const bench = await makeBench((await open()).db)
    const { id } = await bench.issuePerson({ personId: 'ada' })
    for (let round = 0; round < 2; round += 1) {
      await bench.authority.suspend(id, 'operator')
      expect((await told(bench)).map(({ kind, to }) => [kind, to])).toEqual([
        ['certificate.withdrawn', 'ada@x.example'],
      ])
      bench.clock.now += 29 * DAY_MS
      expect(await bench.remind()).toBe(0)
      bench.clock.now += 2 * DAY_MS
      expect(await bench.remind()).toBe(1)
      expect(await bench.remind()).toBe(0)
      const notices = await told(bench)
      expect(notices.map(({ kind, to }) => [kind, to])).toEqual([
        ['certificate.hold-to-decide', 'ada@x.example'],
        ['certificate.hold-to-decide', 'sam@x.example'],
      ])
      await bench.authority.resume(id, 'operator')
    }
    await bench.authority.revoke(id, 1, 'operator')
    expect((await told(bench))[0]?.text).toContain('est révoqué')
  })
})
