import { expect, test } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import { finishFirstRun } from '../../src/first-run/finish.ts'
import { isSecretOf, makeLink, sessionOf } from '../../src/first-run/link.ts'
import { normaliseMobile } from '../../src/first-run/mobile.ts'
import { closeFirstRun, isFirstRunOpen, openLink } from '../../src/first-run/opening.ts'
import { takeOrganisation } from '../../src/first-run/organisation.ts'
import { findFirstRun, findLink } from '../../src/first-run/store.ts'
import { takeStep } from '../../src/first-run/take-step.ts'
import { goWithoutTimestamps } from '../../src/first-run/timestamps.ts'
import { makeWrongLinks } from '../../src/first-run/wrong-links.ts'
import { makeIdMaker } from '../../src/ids.ts'
import { makeSessions } from '../../src/people/accounts/sessions.ts'
import { foundOrganisation } from '../../src/people/service.ts'
import { describeEachDatabase } from '../support/databases.ts'

const now = () => 1_800_000_000_000
const COUNCIL = { kind: 'council', name: 'Conseil', siren: '123456782' } as const
const take = (db: Db, step: Parameters<typeof takeStep>[1]) =>
  takeStep({ db, now }, step, async () => ({ detail: {} }))

describeEachDatabase('the steps of the first run', (open) => {
  test('an empty database has one to make; where something is founded there is none', async () => {
    const { db } = await open()
    expect(await isFirstRunOpen(db)).toBe(true)
    await foundOrganisation({ db, now }, COUNCIL)
    expect(await isFirstRunOpen(db)).toBe(false)
  })

  test('a link replaces the one before, and the steps stay', async () => {
    const { db } = await open()
    const first = await openLink({ db, now })
    await take(db, 'language')
    const second = await openLink({ db, now })
    const kept = await findLink(db)

    expect(isSecretOf(first.token, kept?.tokenSha256 ?? '')).toBe(false)
    expect(isSecretOf(second.token, kept?.tokenSha256 ?? '')).toBe(true)
    expect(isSecretOf(sessionOf(second.token), kept?.sessionSha256 ?? '')).toBe(true)
    expect(JSON.stringify(kept)).not.toContain(second.token)
    expect([...((await findFirstRun(db))?.done.keys() ?? [])]).toEqual(['language'])
  })

  test('no step before its turn, and none without the consequence understood', async () => {
    const { db } = await open()
    await openLink({ db, now })
    await expect(take(db, 'hsm')).rejects.toMatchObject({ hints: { step: 'language' } })
    await expect(goWithoutTimestamps({ db, now }, false)).rejects.toMatchObject({
      hints: { field: 'understood' },
    })
    expect((await findFirstRun(db))?.done.size).toBe(0)
  })

  test('two browsers that found at once found one organisation, which can be corrected', async () => {
    const { db } = await open()
    await openLink({ db, now })
    await take(db, 'language')
    const names = ['Un', 'Deux']
    await Promise.all(names.map((name) => takeOrganisation({ db, now }, { ...COUNCIL, name })))
    const founded = await db.selectFrom('organisation').selectAll().execute()
    const entries = await db
      .selectFrom('journal_entry')
      .select('action')
      .where('action', 'like', 'organisation.%')
      .orderBy('seq')
      .execute()

    expect(founded).toHaveLength(1)
    expect(names).toContain(founded[0]?.name)
    expect(entries.map(({ action }) => action)).toEqual([
      'organisation.founded',
      'organisation.corrected',
    ])
    await expect(
      takeOrganisation({ db, now }, { ...COUNCIL, siren: '123456789' }),
    ).rejects.toMatchObject({ hints: { field: 'siren' } })
  })

  test('certificates that name the organisation fix its name', async () => {
    const { db } = await open()
    await openLink({ db, now })
    await take(db, 'language')
    await takeOrganisation({ db, now }, COUNCIL)
    for (const step of ['administrator', 'hsm', 'authority'] as const) await take(db, step)
    await expect(takeOrganisation({ db, now }, { ...COUNCIL, name: 'Autre' })).rejects.toThrow(
      'cannot be changed',
    )
  })

  test('what fails leaves neither a step nor an entry', async () => {
    const { db } = await open()
    await openLink({ db, now })
    const failing = takeStep({ db, now }, 'language', async () => {
      throw new Error('halfway')
    })
    await expect(failing).rejects.toThrow('halfway')
    const { n } = await db
      .selectFrom('journal_entry')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
    expect(Number(n)).toBe(1)
  })

  test('once closed there are no steps, no link and no end any more', async () => {
    const { db } = await open()
    await openLink({ db, now })
    await take(db, 'language')
    const accounts = makeSessions({ db, now, makeId: makeIdMaker() })
    const finish = () => finishFirstRun({ db, now, accounts }, { ip: '', userAgent: '' })
    await expect(finish()).rejects.toMatchObject({ hints: { step: 'organisation' } })
    await closeFirstRun({ db, now })

    expect(await isFirstRunOpen(db)).toBe(false)
    expect(await findLink(db)).toBeUndefined()
    await expect(take(db, 'language')).rejects.toMatchObject({ code: 'not-found' })
    await expect(finish()).rejects.toMatchObject({ code: 'not-found' })
    await openLink({ db, now })
    expect(await findLink(db)).toBeUndefined()
  })
})

test('a link holds 256 bits, and no other secret is taken for it', () => {
  const { token, tokenSha256 } = makeLink()
  expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  expect(isSecretOf(token, tokenSha256)).toBe(true)
  expect(isSecretOf(`${token}A`, tokenSha256)).toBe(false)
  expect(isSecretOf('', '')).toBe(false)
})

test('wrong links are counted, forgiven with time, and at most one more is remembered', () => {
  const areTooMany = makeWrongLinks()
  const answers = Array.from({ length: 25 }, () => areTooMany(0))
  expect(answers.filter((isTooMany) => !isTooMany)).toHaveLength(20)
  expect(areTooMany(2_999)).toBe(true)
  expect(areTooMany(9_000)).toBe(false)
})

test.each([
  ['06 12 34 56 78', '+33612345678'],
  ['+33 6.12.34.56.78', '+33612345678'],
  ['0033612345678', '+33612345678'],
  ['+1 (212) 555-0100', '+12125550100'],
  ['12345', undefined],
  ['+336', undefined],
  ['06 12 34 <b>', undefined],
])('the number %s is %s', (typed, expected) => {
  expect(normaliseMobile(typed)).toBe(expected)
})
