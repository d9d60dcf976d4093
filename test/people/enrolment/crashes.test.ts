import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EnrolmentDeps } from '../../../src/people/enrolment/deps.ts'
import { makeEnrolments } from '../../../src/people/enrolment/service.ts'
import { destroyOrphanKeys, removeOrphanImages } from '../../../src/people/enrolment/upkeep.ts'
import { describeEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { type Bench, DAY_MS, goTo, IDENTITY, makeBench, WAY } from './bench.ts'

const DEATH = new Error('the server was killed here')

/** The same enrolments, served by a process that dies in the middle of a step. */
function dying(bench: Bench, where: (deps: EnrolmentDeps) => Partial<EnrolmentDeps>) {
  return makeEnrolments({ ...bench.deps, ...where(bench.deps) })
}

const dies = async () => {
  throw DEATH
}

/** Between which two effects the server is killed, and what it leaves behind until it goes on. */
const DEATHS: readonly {
  readonly when: string
  readonly step: string
  readonly where: (deps: EnrolmentDeps) => Partial<EnrolmentDeps>
}[] = [
  {
    when: 'before the vault has sealed the image',
    step: 'document',
    where: (deps) => ({ vault: { ...deps.vault, seal: dies } }),
  },
  {
    when: 'after the image was written and before its row',
    step: 'document',
    where: ({ images }) => ({
      images: {
        ...images,
        async put(sealed) {
          await images.put(sealed)
          throw DEATH
        },
      },
    }),
  },
  {
    when: 'after the decision and before the image is removed',
    step: 'verification',
    where: ({ images }) => ({ images: { ...images, remove: dies } }),
  },
  {
    when: 'before the HSM has made the key',
    step: 'certificate',
    where: ({ keys }) => ({ keys: { ...keys, generateKey: dies } }),
  },
  {
    when: 'after the HSM has made the key and before its row',
    step: 'certificate',
    where: ({ keys }) => ({
      keys: {
        ...keys,
        async generateKey(wanted) {
          await keys.generateKey(wanted)
          throw DEATH
        },
      },
    }),
  },
  {
    when: 'before the certificate is issued',
    step: 'certificate',
    where: ({ certificates }) => ({ certificates: { ...certificates, issue: dies } }),
  },
  {
    when: 'while the certificate is written down',
    step: 'certificate',
    where: ({ certificates }) => ({
      certificates: {
        ...certificates,
        issue: (wanted) =>
          certificates.issue({
            ...wanted,
            async together(tx, issued) {
              await wanted.together(tx, issued)
              throw DEATH
            },
          }),
      },
    }),
  },
]

describeEachDatabase('a server that is killed', (open) => {
  test.each(DEATHS)('$when goes on from there and leaves nothing', async ({ step, where }) => {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    const before = WAY[WAY.findIndex(([name]) => name === step) - 1]?.[0] ?? ''
    await goTo(bench, enrolment, before)
    const go = WAY.find(([name]) => name === step)?.[1]

    const died = go?.({ ...bench, enrolments: dying(bench, where) }, enrolment)
    await expect(died).rejects.toBe(DEATH)

    const rest = WAY.slice(WAY.findIndex(([name]) => name === step))
    const isDecided = (await bench.get(enrolment.id)).state === 'identity-verified'
    for (const [name, next] of rest) {
      if (name === 'verification' && isDecided) continue
      await next(bench, enrolment)
    }
    expect((await bench.get(enrolment.id)).state).toBe('active')
    expect(await count(bench, 'certificate', enrolment.personId)).toBe(1)
    await sweepLater(bench)
    expect(await readdir(bench.imagesDir)).toEqual([])
    expect(ours(bench)).toEqual([(await bench.get(enrolment.id)).keyId])
  })

  test('twice at once makes one key and one certificate', async () => {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    await goTo(bench, enrolment, 'factor')
    const { id, personId } = enrolment

    await Promise.allSettled([
      bench.enrolments.makeCertificate(id),
      bench.enrolments.makeCertificate(id),
    ])

    expect((await bench.get(id)).state).toBe('certificate-issued')
    expect(await count(bench, 'certificate', personId)).toBe(1)
    expect(ours(bench)).toHaveLength(1)
  })
})

describe('a sweep', () => {
  async function withKey() {
    const bench = await makeBench((await openTestDatabase('sqlite')).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    return { bench, enrolment, held: (await goTo(bench, enrolment, 'certificate')).keyId ?? '' }
  }

  test('destroys a key that no enrolment names any more, and the journal says so', async () => {
    const { bench, enrolment, held } = await withKey()
    bench.keys.set('abad1dea', `sceau enrolment ${enrolment.id}`)

    expect(await destroyOrphanKeys(bench.deps)).toEqual(['abad1dea'])

    expect(ours(bench)).toEqual([held])
    expect(await bench.actions('abad1dea')).toEqual(['key.orphan-found', 'key.destroyed'])
    expect(await destroyOrphanKeys(bench.deps)).toEqual([])
  })

  test.each([
    { whose: 'another program', label: 'Sceau issuing CA' },
    { whose: 'a renewal', label: 'person 0198' },
    { whose: 'the enrolment of another appliance', label: 'sceau enrolment 0198-other' },
    { whose: 'nobody', label: '' },
  ])('never touches a key of $whose', async ({ label }) => {
    const { bench } = await withKey()
    bench.keys.set('c0ffee', label)

    expect(await destroyOrphanKeys(bench.deps)).toEqual([])
    expect(bench.keys.get('c0ffee')).toBe(label)
  })

  test('destroys the key of who starts again, once its certificate is revoked', async () => {
    const { bench, enrolment, held } = await withKey()

    await bench.enrolments.restart(enrolment.id, bench.verifier)
    await bench.enrolments.keepUp()

    expect(ours(bench)).toEqual([])
    const certificate = await bench.db
      .selectFrom('certificate')
      .innerJoin('signing_key', 'signing_key.id', 'certificate.key_id')
      .select(['certificate.state', 'signing_key.state as key'])
      .where('key_id', '=', held)
      .executeTakeFirst()
    expect(certificate).toEqual({ state: 'revoked', key: 'destroyed' })
    bench.accounts.passwords.clear()
    bench.accounts.factors.clear()
    bench.now += DAY_MS
    expect((await goTo(bench, enrolment, 'conditions')).state).toBe('active')
  })

  test('leaves an image alone that is young, and what is no image', async () => {
    const { bench } = await withKey()
    const [young, old] = ['a'.repeat(32), 'b'.repeat(32)].map((name) => join(bench.imagesDir, name))
    const other = join(bench.imagesDir, 'README')
    for (const file of [young, old, other]) await writeFile(file ?? '', 'x')
    const at = new Date(bench.now)
    for (const file of [old, other]) await utimes(file ?? '', at, new Date(bench.now - DAY_MS))
    await utimes(young ?? '', at, at)

    expect(await removeOrphanImages(bench.deps)).toBe(1)
    expect((await readdir(bench.imagesDir)).sort()).toEqual(['README', 'a'.repeat(32)])
  })
})

describeEachDatabase('who is silent', (open) => {
  test('is reminded after 7 and 21 days, and given up after 30', async () => {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    const told: number[] = []
    for (let day = 0; day <= 31; day += 1) {
      const before = (await bench.kinds()).length
      await bench.enrolments.keepUp()
      if ((await bench.kinds()).length > before) told.push(day)
      bench.now += DAY_MS
    }

    expect(told).toEqual([7, 21, 30])
    expect((await bench.kinds()).slice(-3)).toEqual([
      'enrolment.reminder',
      'enrolment.reminder',
      'enrolment.ended',
    ])
    expect((await bench.get(enrolment.id)).state).toBe('abandoned')
  })

  test('is not, once he goes on: the days count anew', async () => {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    bench.now += 29 * DAY_MS
    await bench.enrolments.start(enrolment.id)
    bench.now += 6 * DAY_MS
    await bench.enrolments.keepUp()

    expect(await bench.kinds()).toEqual(['enrolment.invitation'])
    expect((await bench.get(enrolment.id)).state).toBe('started')
  })

  test('loses his image, links and codes when he is given up; a verifier is reminded before', async () => {
    const bench = await makeBench((await open()).db)
    const { token, enrolment } = await bench.invite('Zoé ARTAGNAN')
    await goTo(bench, enrolment, 'document')
    bench.now += 7 * DAY_MS
    await bench.enrolments.keepUp()
    expect((await bench.kinds()).at(-1)).toBe('enrolment.to-verify')
    bench.now += 23 * DAY_MS
    await bench.enrolments.keepUp()

    expect(await readdir(bench.imagesDir)).toEqual([])
    expect(await bench.enrolments.resolveLink(token)).toBeUndefined()
    await expect(bench.enrolments.submitIdentity(enrolment.id, IDENTITY)).rejects.toThrow()
  })
})

/** Keys in the token that enrolments made. */
function ours(bench: Bench): string[] {
  return [...bench.keys].flatMap(([id, label]) => (label.startsWith('sceau enrolment') ? [id] : []))
}

async function count(bench: Bench, table: 'certificate', personId: string): Promise<number> {
  const rows = await bench.db
    .selectFrom(table)
    .select('id')
    .where('person_id', '=', personId)
    .execute()
  return rows.length
}

/** An hour and more later: what is young is left alone. By the clock of the files. */
async function sweepLater(bench: Bench): Promise<void> {
  const now = () => Date.now() + 2 * 3_600_000
  await removeOrphanImages({ ...bench.deps, now })
  await destroyOrphanKeys(bench.deps)
}
