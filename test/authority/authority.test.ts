import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import type { KeyMaker } from '../../src/authority/model.ts'
import { type Authority, makeAuthority } from '../../src/authority/service.ts'
import type { Db } from '../../src/db/database.ts'
import { AppError } from '../../src/errors.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { parseCrl } from '../../src/pki/parsed-crl.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { openssl } from '../support/openssl.ts'
import { makeSoftwareToken, type SoftwareToken } from '../support/software-token.ts'
import { toPem } from '../support/test-pki.ts'

const COUNCIL = { name: 'Conseil régional d’essai', siren: '012345674' }
const SEAL_NAME = {
  country: 'FR',
  organisation: COUNCIL.name,
  organisationIdentifier: 'NTRFR-012345674',
  commonName: 'Cachet du conseil',
}
const START = Date.UTC(2026, 10, 24, 12, 0, 0, 789)
const HOUR_MS = 3_600_000

interface Bench {
  readonly authority: Authority
  readonly token: SoftwareToken
  /** Unix ms, for the tests to move. */
  readonly clock: { now: number }
}

function makeBench(
  db: Db,
  wish: { keys?: KeyMaker; signDigest?: SoftwareToken['signDigest'] } = {},
) {
  const token = makeSoftwareToken()
  const clock = { now: START }
  const authority = makeAuthority({
    db,
    keys: token,
    signDigest: token.signDigest,
    publicUrl: 'https://sceau.example',
    now: () => clock.now,
    ...wish,
  })
  return { authority, token, clock } satisfies Bench
}

async function issueSeal({ authority, token }: Bench) {
  const key = await token.generateKey({ algorithm: 'p-256', label: 'seal' })
  const wanted = { profile: 'seal', subject: SEAL_NAME, publicKey: key.publicKey, key } as const
  return { key, issued: await authority.issue(wanted) }
}

async function crl(authority: Authority, ca: string) {
  const der = await authority.findCrl(ca)
  if (der === undefined) throw new Error(`no list of ${ca}`)
  return { der, ...parseCrl(der) }
}

async function actions(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('journal_entry').select('action').orderBy('seq').execute()
  return rows.map(({ action }) => action)
}

/** What OpenSSL says of a certificate with the CAs' own lists at hand. */
async function verifyWithOpenssl(authority: Authority, der: Uint8Array, at: number) {
  const [root, issuing] = [
    (await authority.findCertificate('root')) ?? new Uint8Array(),
    (await authority.findCertificate('issuing')) ?? new Uint8Array(),
  ]
  const lists = await Promise.all(['root', 'issuing'].map((ca) => crl(authority, ca)))
  const files = {
    'root.pem': toPem(root),
    'issuing.pem': toPem(issuing),
    'lists.pem': lists.map((list) => toPem(list.der, 'X509 CRL')).join(''),
    'certificate.pem': toPem(der),
  }
  const trust = ['-CAfile', 'root.pem', '-untrusted', 'issuing.pem', '-CRLfile', 'lists.pem']
  const strict = ['-x509_strict', '-crl_check_all', '-attime', String(Math.floor(at / 1000))]
  return openssl(['verify', ...strict, ...trust, 'certificate.pem'], files)
}

describeEachDatabase('the internal authority', (open) => {
  test('is made once: two keys, two certificates, two lists, all of it in the journal', async () => {
    const { db } = await open()
    const { authority, token } = makeBench(db)

    await authority.create(COUNCIL, 'p-256')

    expect(token.labels).toEqual(['Sceau root CA', 'Sceau issuing CA'])
    expect(await actions(db)).toEqual([
      'key.generated',
      'key.generated',
      'certificate.issued',
      'certificate.issued',
      'crl.published',
      'crl.published',
    ])
    expect(await verifyJournal(db)).toMatchObject({ intact: true })
    const again = authority.create(COUNCIL, 'p-256')
    await expect(again).rejects.toMatchObject({ code: 'invalid-request' })
    expect(token.labels).toHaveLength(2)
  })

  test('is made once also by two ceremonies at the same moment', async () => {
    const { db } = await open()
    const { authority } = makeBench(db)

    const both = await Promise.allSettled([1, 2].map(() => authority.create(COUNCIL, 'p-256')))

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const roots = await db.selectFrom('certificate').select('profile').execute()
    expect(roots.map(({ profile }) => profile).sort()).toEqual(['issuing-ca', 'root-ca'])
  })

  test.each([
    { step: 'the second key', keysMade: 1, signed: 9 },
    { step: 'the first certificate', keysMade: 2, signed: 0 },
    { step: 'the second certificate', keysMade: 2, signed: 1 },
  ])('can be made again when the first try ended before $step', async ({ keysMade, signed }) => {
    const { db } = await open()
    const token = makeSoftwareToken()
    const first = makeBench(db, {
      keys: { generateKey: failAfter(keysMade, token.generateKey) },
      signDigest: failAfter(signed, token.signDigest),
    }).authority

    await expect(first.create(COUNCIL, 'p-256')).rejects.toThrow('power cut')
    await makeBench(db).authority.create(COUNCIL, 'p-256')

    expect(await db.selectFrom('certificate').select('id').execute()).toHaveLength(2)
    expect(await db.selectFrom('signing_key').select('id').execute()).toHaveLength(2)
  })

  test('publishes its first lists later when the HSM went away at the end of the ceremony', async () => {
    const { db } = await open()
    const token = makeSoftwareToken()
    const broken = failAfter(2, token.signDigest)
    const first = makeBench(db, { keys: token, signDigest: broken }).authority
    await expect(first.create(COUNCIL, 'p-256')).rejects.toThrow('power cut')
    expect(await first.findCrl('root')).toBeUndefined()

    const { authority } = makeBench(db, { keys: token, signDigest: token.signDigest })
    await authority.publishWhatIsDue()

    expect((await crl(authority, 'root')).revoked.size).toBe(0)
    expect((await crl(authority, 'issuing')).revoked.size).toBe(0)
  })

  test('issues a seal’s certificate that OpenSSL trusts with its lists, kept with its key', async () => {
    const { db } = await open()
    const bench = makeBench(db)
    await bench.authority.create(COUNCIL, 'p-384')

    const { key, issued } = await issueSeal(bench)

    expect(await verifyWithOpenssl(bench.authority, issued.der, START + 1000)).toMatch(/OK/)
    const { subject, validFrom, validTo, infoAccess } = new X509Certificate(issued.der)
    expect(subject).toContain('organizationIdentifier=NTRFR-012345674')
    expect(infoAccess).toContain('CA Issuers - URI:https://sceau.example/pki/issuing.cer')
    expect([validFrom, validTo].map(Date.parse)).toEqual([
      Date.UTC(2026, 10, 24, 12),
      Date.UTC(2029, 10, 24, 12),
    ])
    expect(
      await db
        .selectFrom('certificate')
        .innerJoin('signing_key', 'signing_key.id', 'certificate.key_id')
        .select(['certificate.serial', 'signing_key.id', 'signing_key.purpose', 'birth_json'])
        .where('certificate.id', '=', issued.id)
        .execute(),
    ).toEqual([
      {
        serial: issued.serial,
        id: key.keyId,
        purpose: 'seal',
        birth_json: JSON.stringify(key.birth),
      },
    ])
  })

  test('names its own policy in what it issues, under the organisation’s SIREN', async () => {
    const { db } = await open()
    const bench = makeBench(db)
    await bench.authority.create(COUNCIL, 'p-256')
    const { issued } = await issueSeal(bench)

    const args = ['x509', '-noout', '-ext', 'certificatePolicies', '-in', 'seal.pem']

    expect(await openssl(args, { 'seal.pem': toPem(issued.der) })).toContain('1.3.2.12345674.1.1')
  })

  test('writes no person’s name into the journal', async () => {
    const { db } = await open()
    const { authority, token } = makeBench(db)
    await authority.create(COUNCIL, 'p-256')
    const key = await token.generateKey({ algorithm: 'p-256', label: 'person' })
    const subject = { country: 'FR', surname: 'D’ARTAGNAN', givenName: 'Zoé', commonName: 'Zoé' }

    await authority.issue({ profile: 'person', subject, publicKey: key.publicKey, key })

    const entries = await db.selectFrom('journal_entry').select('detail_json').execute()
    expect(entries.map(({ detail_json }) => detail_json).join()).not.toMatch(/ARTAGNAN|Zoé/)
  })

  test('cuts what would outlive it', async () => {
    const { db } = await open()
    const bench = makeBench(db)
    await bench.authority.create(COUNCIL, 'p-256')
    bench.clock.now = Date.UTC(2035, 0, 1)

    const { issued } = await issueSeal(bench)

    expect(issued.notAfter).toBe(Date.UTC(2036, 10, 24, 12))
  })

  test('cannot issue before it is made', async () => {
    const { db } = await open()

    const error = await issueSeal(makeBench(db)).catch((e) => e)

    expect(error).toBeInstanceOf(AppError)
    expect(error.message).toContain('sceau init')
  })

  test('revokes at once: the next list names it with its reason, and OpenSSL refuses it', async () => {
    const { db } = await open()
    const bench = makeBench(db)
    await bench.authority.create(COUNCIL, 'p-256')
    const { issued } = await issueSeal(bench)
    bench.clock.now += HOUR_MS

    await bench.authority.revoke(issued.id, 1, 'operator')

    const { revoked, thisUpdate } = await crl(bench.authority, 'issuing')
    const at = Date.UTC(2026, 10, 24, 13)
    expect(thisUpdate).toBe(at)
    expect([...revoked]).toEqual([[issued.serial, { at, reason: 1 }]])
    await expect(
      verifyWithOpenssl(bench.authority, issued.der, bench.clock.now + 1000),
    ).rejects.toThrow(/certificate revoked/)
    expect((await actions(db)).slice(-2)).toEqual(['certificate.revoked', 'crl.published'])
    await expect(bench.authority.revoke(issued.id, 1, 'operator')).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  test('revokes nothing that is unknown, and no root', async () => {
    const { db } = await open()
    const { authority } = makeBench(db)
    await authority.create(COUNCIL, 'p-256')
    const root = await db
      .selectFrom('certificate')
      .select('id')
      .where('profile', '=', 'root-ca')
      .executeTakeFirstOrThrow()

    for (const id of ['nothing', root.id]) {
      await expect(authority.revoke(id, 1, 'operator')).rejects.toMatchObject({ code: 'not-found' })
    }
  })

  test('names a revoked issuing CA on the root’s list', async () => {
    const { db } = await open()
    const { authority } = makeBench(db)
    await authority.create(COUNCIL, 'p-256')
    const issuing = await db
      .selectFrom('certificate')
      .select(['id', 'serial'])
      .where('profile', '=', 'issuing-ca')
      .executeTakeFirstOrThrow()

    await authority.revoke(issuing.id, 2, 'operator')

    expect([...(await crl(authority, 'root')).revoked.keys()]).toEqual([issuing.serial])
    expect(await authority.findCrl('issuing')).toBeUndefined()
  })

  test('makes up for a list that the HSM could not sign when something was revoked', async () => {
    const { db } = await open()
    const token = makeSoftwareToken()
    const bench = makeBench(db, { keys: token, signDigest: token.signDigest })
    await bench.authority.create(COUNCIL, 'p-256')
    const { issued } = await issueSeal({ ...bench, token })
    const away = makeBench(db, { signDigest: failAfter(0, token.signDigest) }).authority
    await expect(away.revoke(issued.id, 4, 'operator')).rejects.toThrow('power cut')
    expect((await crl(bench.authority, 'issuing')).revoked.size).toBe(0)

    await bench.authority.publishWhatIsDue()
    await bench.authority.publishWhatIsDue()

    expect([...(await crl(bench.authority, 'issuing')).revoked.keys()]).toEqual([issued.serial])
    expect(await numbers(db)).toEqual([1, 1, 2])
  })

  test('makes new lists when they are a day old, with the next number', async () => {
    const { db } = await open()
    const { authority, clock } = makeBench(db)
    await authority.create(COUNCIL, 'p-256')

    clock.now += 24 * HOUR_MS - 1_000
    await authority.publishWhatIsDue()
    expect(await numbers(db)).toEqual([1, 1])
    clock.now += 2_000
    await authority.publishWhatIsDue()

    expect(await numbers(db)).toEqual([1, 1, 2, 2])
    const { thisUpdate, nextUpdate } = await crl(authority, 'root')
    expect(thisUpdate).toBe(Date.UTC(2026, 10, 25, 12, 0, 1))
    expect(nextUpdate).toBe(Date.UTC(2026, 11, 2, 12, 0, 1))
  })

  test('publishes a list with each certificate, so that none is older than what it speaks of', async () => {
    const { db } = await open()
    const bench = makeBench(db)
    await bench.authority.create(COUNCIL, 'p-256')
    bench.clock.now += 60_000

    await issueSeal(bench)

    expect((await crl(bench.authority, 'issuing')).thisUpdate).toBe(Date.UTC(2026, 10, 24, 12, 1))
    expect(await numbers(db)).toEqual([1, 1, 2])
  })

  test('loses no revocation when another process publishes in between', async () => {
    const { db } = await open()
    const bench = makeBench(db)
    await bench.authority.create(COUNCIL, 'p-256')
    const [mine, theirs] = [await issueSeal(bench), await issueSeal(bench)]
    const numbersBefore = await numbers(db)
    const sign = bench.token.signDigest
    let revokingMine: Promise<void> | undefined
    let revokingTheirs: Promise<void> | undefined
    const mySigning = makeSignal()
    const me = makeBench(db, {
      // My list is made, and not yet signed, when theirs, which lacks mine, takes its number.
      signDigest: async (request) => {
        mySigning.give()
        await revokingTheirs
        return sign(request)
      },
    }).authority
    const they = makeBench(db, {
      signDigest: async (request) => {
        revokingMine = me.revoke(mine.issued.id, 5, 'operator')
        await mySigning.given
        return sign(request)
      },
    }).authority

    revokingTheirs = they.revoke(theirs.issued.id, 5, 'operator')
    await revokingTheirs
    await revokingMine

    const { revoked } = await crl(bench.authority, 'issuing')
    const serials = [mine, theirs].map(({ issued }) => issued.serial)
    expect([...revoked.keys()].sort()).toEqual(serials.sort())
    expect((await numbers(db)).length).toBe(numbersBefore.length + 2)
    expect(await verifyJournal(db)).toMatchObject({ intact: true })
  })

  test('publishes its own two names and nothing else', async () => {
    const { db } = await open()
    const { authority } = makeBench(db)
    await authority.create(COUNCIL, 'p-256')

    expect(await authority.findCertificate('root')).toBeDefined()
    for (const name of ['Root', 'seal', '', '../root', 'toString']) {
      expect(await authority.findCertificate(name)).toBeUndefined()
      expect(await authority.findCrl(name)).toBeUndefined()
    }
  })
})

async function numbers(db: Db): Promise<number[]> {
  const rows = await db.selectFrom('crl').select('number').orderBy('number').execute()
  return rows.map(({ number }) => number)
}

/** A function that works so many times and then no more. */
function failAfter<Args extends unknown[], Result>(
  calls: number,
  work: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  let left = calls
  return async (...args) => {
    if (left === 0) throw new Error('power cut')
    left -= 1
    return work(...args)
  }
}

function makeSignal() {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}
