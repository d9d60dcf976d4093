import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findActiveCertificateOf } from '../../src/authority/holders.ts'
import {
  type CertificateState,
  type Change,
  HOLD_MS,
  isIdentityFresh,
  REASONS,
  reasonName,
  reasonsFor,
  stateAt,
  TRANSITIONS,
} from '../../src/authority/life.ts'
import { validityOf } from '../../src/authority/model.ts'
import type { Db } from '../../src/db/database.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { parseCrl } from '../../src/pki/parsed-crl.ts'
import type { ProfileName } from '../../src/pki/profiles.ts'
import { type AuthorityBench, makeAuthorityBench } from '../support/authority-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { openssl } from '../support/openssl.ts'
import { toPem } from '../support/test-pki.ts'

const START = Date.UTC(2026, 10, 24, 12, 0, 0, 789)
const HOUR_MS = 3_600_000

const STATES = ['active', 'suspended', 'revoked', 'superseded'] as const

describe('the transition table', () => {
  test.each<{ change: Change; from: CertificateState[] }>([
    { change: 'suspend', from: ['active'] },
    { change: 'resume', from: ['suspended'] },
    { change: 'revoke', from: ['active', 'suspended', 'superseded'] },
    { change: 'supersede', from: ['active'] },
  ])('$change starts from $from alone', ({ change, from }) => {
    expect(TRANSITIONS[change].from).toEqual(from)
  })

  test('nothing leaves what is revoked', () => {
    for (const { from } of Object.values(TRANSITIONS)) expect(from).not.toContain('revoked')
  })

  test('each reason has the number of RFC 5280 §5.3.1, and only CAs have theirs', () => {
    expect(REASONS).toMatchObject({ 'key-compromise': 1, superseded: 4, 'privilege-withdrawn': 9 })
    expect(reasonName(6)).toBe('certificate-hold')
    expect(reasonName(7)).toBeUndefined()
    expect(reasonsFor('person')).not.toContain('ca-compromise')
    expect(reasonsFor('issuing-ca')).toContain('ca-compromise')
  })

  test.each([
    { state: 'active', at: 0, shown: 'not-yet-valid' },
    { state: 'active', at: 1_000, shown: 'active' },
    { state: 'active', at: 2_001, shown: 'expired' },
    { state: 'suspended', at: 1_500, shown: 'suspended' },
    { state: 'suspended', at: 2_001, shown: 'expired' },
    { state: 'revoked', at: 2_001, shown: 'revoked' },
    { state: 'superseded', at: 2_001, shown: 'superseded' },
  ] as const)('$state at $at is shown as $shown', ({ state, at, shown }) => {
    expect(stateAt({ state, notBefore: 1_000, notAfter: 2_000 }, at)).toBe(shown)
  })

  test('an identity is good for five years to the second', () => {
    const at = Date.UTC(2026, 10, 24, 12)
    expect(isIdentityFresh(at, Date.UTC(2031, 10, 24, 12))).toBe(true)
    expect(isIdentityFresh(at, Date.UTC(2031, 10, 24, 12, 0, 1))).toBe(false)
  })
})

test('no certificate outlives its issuer, whatever its kind and the moment', () => {
  const profiles: ProfileName[] = ['issuing-ca', 'seal', 'person', 'tls', 'ocsp', 'tsa']
  const moments = fc.integer({ min: START, max: Date.UTC(2060, 0, 1) })
  fc.assert(
    fc.property(fc.constantFrom(...profiles), moments, moments, (profile, now, end) => {
      const { notBefore, notAfter } = validityOf(profile, now, end)
      expect(notAfter).toBeLessThanOrEqual(end)
      expect(notBefore).toBeLessThanOrEqual(now)
      expect(notBefore % 1000).toBe(0)
    }),
  )
})

async function listOf({ authority }: AuthorityBench) {
  const der = (await authority.findCrl('issuing')) ?? new Uint8Array()
  return { der, revoked: [...parseCrl(der).revoked] }
}

async function opensslVerify(bench: AuthorityBench, der: Uint8Array) {
  const lists = await Promise.all(['root', 'issuing'].map((ca) => bench.authority.findCrl(ca)))
  const files = {
    'root.pem': toPem(bench.root),
    'issuing.pem': toPem(bench.issuing),
    'lists.pem': lists.map((list) => toPem(list ?? new Uint8Array(), 'X509 CRL')).join(''),
    'certificate.pem': toPem(der),
  }
  const at = ['-attime', String(Math.floor(bench.clock.now / 1000) + 1)]
  const trust = ['-CAfile', 'root.pem', '-untrusted', 'issuing.pem', '-CRLfile', 'lists.pem']
  return openssl(
    ['verify', '-x509_strict', '-crl_check_all', ...at, ...trust, 'certificate.pem'],
    files,
  )
}

async function entriesOf(db: Db, subject: string) {
  const rows = await db
    .selectFrom('journal_entry')
    .select(['action', 'actor', 'detail_json'])
    .where('subject', '=', subject)
    .orderBy('seq')
    .execute()
  return rows.map(({ action, actor, detail_json }) => [
    action,
    actor,
    JSON.parse(detail_json).reason,
  ])
}

describeEachDatabase('the life of a certificate', (open) => {
  test('a person’s lasts three years to the second, for non-repudiation alone', async () => {
    const bench = await makeAuthorityBench((await open()).db, START)
    const { der } = await bench.issuePerson()

    const { validFrom, validTo, infoAccess } = new X509Certificate(der)
    expect([validFrom, validTo].map(Date.parse)).toEqual([
      Date.UTC(2026, 10, 24, 12),
      Date.UTC(2029, 10, 24, 12),
    ])
    expect(infoAccess).toContain('OCSP - URI:http://sceau.example/pki/ocsp')
    const text = await openssl(['x509', '-noout', '-text', '-in', 'a.pem'], { 'a.pem': toPem(der) })
    expect(text).toMatch(/Key Usage: critical\s+Non Repudiation\n/)
    expect(text).not.toMatch(/Extended Key Usage|qcStatements/)
  })

  test('a hold is on the list with its reason, and vanishes from it when it is taken back', async () => {
    const bench = await makeAuthorityBench((await open()).db, START)
    const { id, serial, der } = await bench.issueSeal()

    await bench.authority.suspend(id, 'person:a')
    const at = Date.UTC(2026, 10, 24, 12)
    expect((await listOf(bench)).revoked).toEqual([[serial, { at, reason: 6 }]])
    await expect(opensslVerify(bench, der)).rejects.toThrow(/revoked/)
    const held = await bench.db.selectFrom('certificate').selectAll().where('id', '=', id).execute()
    expect(held).toMatchObject([{ state: 'suspended', held_until: at + HOLD_MS }])

    bench.clock.now += HOUR_MS
    await bench.authority.resume(id, 'person:b')
    expect((await listOf(bench)).revoked).toEqual([])
    expect(await opensslVerify(bench, der)).toMatch(/OK/)
    expect(await entriesOf(bench.db, id)).toEqual([
      ['certificate.issued', 'system', undefined],
      ['certificate.suspended', 'person:a', 6],
      ['certificate.resumed', 'person:b', undefined],
    ])
    expect(await verifyJournal(bench.db)).toMatchObject({ intact: true })
  })

  test('a hold that becomes a revocation counts from the hold on', async () => {
    const bench = await makeAuthorityBench((await open()).db, START)
    const { id, serial } = await bench.issueSeal()
    await bench.authority.suspend(id, 'operator')
    bench.clock.now += HOUR_MS

    await bench.authority.revoke(id, 1, 'operator')

    const at = Date.UTC(2026, 10, 24, 12)
    expect((await listOf(bench)).revoked).toEqual([[serial, { at, reason: 1 }]])
  })

  test('a hold that was taken back while the HSM was away leaves the list as soon as it can', async () => {
    const bench = await makeAuthorityBench((await open()).db, START)
    const { id } = await bench.issueSeal()
    await bench.authority.suspend(id, 'operator')
    bench.hsm.isAway = true
    await expect(bench.authority.resume(id, 'operator')).rejects.toMatchObject({
      code: 'hsm-unavailable',
    })
    expect((await listOf(bench)).revoked).toHaveLength(1)

    bench.hsm.isAway = false
    await bench.authority.publishWhatIsDue()

    expect((await listOf(bench)).revoked).toEqual([])
  })

  test('whoever is superseded is on no list, and can still be revoked', async () => {
    const bench = await makeAuthorityBench((await open()).db, START)
    const [old, next] = [await bench.issueSeal(), await bench.issueSeal()]
    await bench.db
      .transaction()
      .execute((tx) => bench.authority.supersede(tx, old.id, next.id, 'operator'))

    expect((await listOf(bench)).revoked).toEqual([])
    const again = bench.authority.suspend(old.id, 'operator')
    await expect(again).rejects.toMatchObject({ code: 'not-found' })
    await bench.authority.revoke(old.id, 1, 'operator')
    expect((await listOf(bench)).revoked).toHaveLength(1)
  })

  test('changes of what is not there, of a root or twice are refused and leave no trace', async () => {
    const bench = await makeAuthorityBench((await open()).db, START)
    const { id } = await bench.issueSeal()
    await bench.authority.revoke(id, 1, 'operator')
    const root = await bench.db
      .selectFrom('certificate')
      .select('id')
      .where('profile', '=', 'root-ca')
      .executeTakeFirstOrThrow()
    const before = await bench.db.selectFrom('journal_entry').select('seq').execute()

    for (const target of ['nothing', root.id, id]) {
      for (const change of ['suspend', 'resume'] as const) {
        const refused = bench.authority[change](target, 'operator')
        await expect(refused).rejects.toMatchObject({ code: 'not-found' })
      }
      const refused = bench.authority.revoke(target, 1, 'operator')
      await expect(refused).rejects.toMatchObject({ code: 'not-found' })
    }
    expect(await bench.db.selectFrom('journal_entry').select('seq').execute()).toEqual(before)
  })

  test('of two changes at the same moment one is made', async () => {
    const bench = await makeAuthorityBench((await open()).db, START)
    const { id } = await bench.issueSeal()

    const both = await Promise.allSettled([
      bench.authority.suspend(id, 'a'),
      bench.authority.suspend(id, 'b'),
    ])

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test.each(STATES)('who signs with a certificate that is %s', async (state) => {
    const bench = await makeAuthorityBench((await open()).db, START)
    await bench.db
      .insertInto('person')
      .values({
        id: 'p1',
        given_name: 'Zoé',
        family_name: 'D',
        email: 'z@x.example',
        created_at: 1,
      })
      .execute()
    const { id, serial } = await bench.issuePerson({ personId: 'p1' })
    await bench.db.updateTable('certificate').set({ state }).where('id', '=', id).execute()

    const found = await findActiveCertificateOf(bench.db, 'p1', bench.clock.now)

    expect(found?.serial).toBe(state === 'active' ? serial : undefined)
    const later = Date.UTC(2029, 10, 24, 12, 0, 1)
    expect(await findActiveCertificateOf(bench.db, 'p1', later)).toBeUndefined()
    expect(await findActiveCertificateOf(bench.db, 'p2', bench.clock.now)).toBeUndefined()
  })
})
