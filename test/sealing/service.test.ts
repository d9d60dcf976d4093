import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { SignDigest } from '../../hsm/algorithms.ts'
import type { Db } from '../../src/db/database.ts'
import type { DrawSeal } from '../../src/engine/seal-content.ts'
import { AppError } from '../../src/errors.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { changeSeal } from '../../src/sealing/administration.ts'
import { describeEachDatabase, openAgain, openTestDatabase } from '../support/databases.ts'
import { drawBox } from '../support/drawn-box.ts'
import { openssl } from '../support/openssl.ts'
import {
  makeSealingBench,
  ORIGINAL,
  requestOf,
  type SealingBench,
  START,
} from '../support/sealing-bench.ts'
import { makePdf } from '../support/test-pdf.ts'
import { toPem } from '../support/test-pki.ts'

const YEAR_MS = 365 * 86_400_000
const KEY = { idempotencyKey: 'facture-2026-117' }

function sealedFile({ appendix }: { appendix: Uint8Array }): Buffer {
  return Buffer.concat([ORIGINAL, appendix])
}

/** A `SignDigest` that counts, and may answer wrongly for its first calls. */
function counting(signDigest: SignDigest, wrongCalls = 0) {
  const counted: { calls: number; signDigest: SignDigest } = {
    calls: 0,
    async signDigest(request) {
      counted.calls += 1
      const digest = counted.calls <= wrongCalls ? new Uint8Array(32) : request.digest
      return signDigest({ ...request, digest })
    },
  }
  return counted
}

async function sealedEntries(db: Db) {
  return db
    .selectFrom('journal_entry')
    .selectAll()
    .where('action', '=', 'document.sealed')
    .orderBy('seq')
    .execute()
}

describe('a sealed document', () => {
  test('is the original and a signature that OpenSSL trusts up to the root', async () => {
    const bench = await makeSealingBench()

    const sealed = await bench.makeSealing().apply(requestOf(bench))

    const file = sealedFile(sealed)
    expect(createHash('sha256').update(file).digest('hex')).toBe(sealed.sha256)
    const root = (await bench.authority.findCertificate('root')) ?? new Uint8Array()
    const { content, cms } = takeApart(file)
    const input = ['-inform', 'DER', '-in', 'cms.der', '-content', 'content', '-binary']
    const trust = ['-CAfile', 'root.pem', '-purpose', 'any', '-attime', String(START / 1000 + 60)]
    const files = { 'cms.der': cms, content, 'root.pem': toPem(root) }
    const said = await openssl(['cms', '-verify', ...input, ...trust, '-out', '/dev/null'], files)
    expect(said).toMatch(/successful/)
  })

  test('has one operation and one journal entry that name the same things', async () => {
    const bench = await makeSealingBench()
    const sealing = bench.makeSealing()

    const sealed = await sealing.apply(requestOf(bench))

    const operation = await sealing.getOperation(bench.client, sealed.operation.id)
    const [entry, ...others] = await sealedEntries(bench.db)
    expect(others).toEqual([])
    expect(operation).toMatchObject({
      at: '2026-11-24T12:00:00.000Z',
      kind: 'seal',
      seal: 'conseil',
      actor: { kind: 'api-client', id: bench.client.id, name: 'GED' },
      delegation: { number: 'D-2026-001', version: 1 },
      key: { algorithm: 'p-256' },
      level: 'B-B',
      originalSha256: createHash('sha256').update(ORIGINAL).digest('hex'),
      sealedSha256: createHash('sha256').update(sealedFile(sealed)).digest('hex'),
      bytes: sealedFile(sealed).length,
      requestId: 'r-1',
      journal: { seq: entry?.seq, hash: entry?.hash },
    })
    expect(entry).toMatchObject({
      actor: `client:${bench.client.id}`,
      subject: sealed.operation.id,
    })
    expect(JSON.parse(entry?.detail_json ?? '')).toEqual({
      seal: 'conseil',
      key: operation.key.id,
      certificate: operation.certificate.serial,
      delegation: 'D-2026-001 v1',
      originalSha256: operation.originalSha256,
      sealedSha256: operation.sealedSha256,
      signedDigest: operation.signedDigest,
    })
  })

  test('says in French by whom, why, where and when it was sealed', async () => {
    const bench = await makeSealingBench()
    const told: string[][] = []
    const drawSeal: DrawSeal = async ({ lines }, box) => {
      told.push([...lines])
      return drawBox(box)
    }
    const options = {
      level: 'B-B',
      reason: 'Copie conforme',
      location: 'Rouen',
      page: 1,
      rect: { x: 40, y: 40, width: 200, height: 60 },
    } as const

    await bench.makeSealing({ drawSeal }).apply(requestOf(bench, { options }))
    await bench.makeSealing({ drawSeal }).apply(requestOf(bench))

    expect(told).toEqual([
      [
        'Scellé par Conseil d’essai',
        'Motif\u202f: Copie conforme',
        'Lieu\u202f: Rouen',
        'Le 24 novembre 2026 à 13:00 (heure de Paris)',
      ],
    ])
  })
})

describe('is not sealed, and the HSM not asked,', () => {
  const refusals: {
    when: string
    change: (bench: SealingBench) => Promise<unknown>
    code: string
  }[] = [
    {
      when: 'the seal is suspended',
      change: ({ administration }) => changeSeal(administration, 'conseil', 'suspend'),
      code: 'seal-suspended',
    },
    {
      when: 'the seal is retired',
      change: ({ administration }) => changeSeal(administration, 'conseil', 'retire'),
      code: 'seal-suspended',
    },
    {
      when: 'its certificate is revoked',
      change: async ({ db, authority }) => authority.revoke(await certificateId(db), 1, 'operator'),
      code: 'certificate-revoked',
    },
    {
      when: 'its certificate has expired',
      change: async ({ clock, db }) => {
        clock.now = START + 4 * YEAR_MS
        await db.updateTable('delegation').set({ valid_to: null }).execute()
      },
      code: 'certificate-expired',
    },
    {
      when: 'its certificate is not valid yet',
      change: async ({ clock, db }) => {
        clock.now = START - 1
        await db.updateTable('delegation').set({ valid_from: 0 }).execute()
      },
      code: 'certificate-expired',
    },
    {
      when: 'there is no delegation',
      change: ({ db }) => db.deleteFrom('delegation').execute(),
      code: 'delegation-required',
    },
    {
      when: 'the delegation has ended',
      change: async ({ clock }) => {
        clock.now = START + YEAR_MS
      },
      code: 'delegation-expired',
    },
    {
      when: 'the delegation has not begun',
      change: ({ db }) =>
        db
          .updateTable('delegation')
          .set({ valid_from: START + 1 })
          .execute(),
      code: 'delegation-required',
    },
    {
      when: 'the delegation is suspended',
      change: ({ db }) => db.updateTable('delegation').set({ state: 'suspended' }).execute(),
      code: 'delegation-required',
    },
    {
      when: 'the delegation is revoked',
      change: ({ db }) => db.updateTable('delegation').set({ state: 'revoked' }).execute(),
      code: 'delegation-expired',
    },
  ]

  test.each(refusals)('when $when: $code', async ({ change, code }) => {
    const bench = await makeSealingBench()
    await change(bench)
    const counted = counting(bench.token.signDigest)

    const error = await bench
      .makeSealing(counted)
      .apply(requestOf(bench))
      .catch((e) => e)

    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code, hints: { sealId: 'conseil' } })
    expect(counted.calls).toBe(0)
    expect(await sealedEntries(bench.db)).toEqual([])
  })

  test.each([
    { what: 'an unknown seal', wish: { sealId: 'nothing' }, code: 'seal-not-found' },
    {
      what: 'something else than a PDF',
      wish: { document: { bytes: Buffer.from('hello') } },
      code: 'not-a-pdf',
    },
    {
      what: 'another client',
      wish: { client: { id: 'other', name: 'Other' } },
      code: 'delegation-required',
    },
  ])('when it is asked for $what: $code', async ({ wish, code }) => {
    const bench = await makeSealingBench()
    const counted = counting(bench.token.signDigest)

    const applying = bench.makeSealing(counted).apply(requestOf(bench, wish))

    await expect(applying).rejects.toMatchObject({ code })
    expect(counted.calls).toBe(0)
  })

  test('a quarter of a second after another process has suspended the seal', async () => {
    const database = await openTestDatabase('sqlite')
    const bench = await makeSealingBench(database.db)
    const sealing = bench.makeSealing()
    await sealing.apply(requestOf(bench))

    const administration = { db: await openAgain(database), now: () => bench.clock.now }
    await changeSeal(administration, 'conseil', 'suspend')

    bench.clock.now += 250
    await expect(sealing.apply(requestOf(bench))).rejects.toMatchObject({ code: 'seal-suspended' })
  })

  test('when the clock is set back after the seal was suspended', async () => {
    const bench = await makeSealingBench()
    const sealing = bench.makeSealing()
    bench.clock.now += 7_200_000
    await sealing.apply(requestOf(bench))
    await changeSeal(bench.administration, 'conseil', 'suspend')

    bench.clock.now -= 3_600_000

    await expect(sealing.apply(requestOf(bench))).rejects.toMatchObject({ code: 'seal-suspended' })
  })
})

describe('a wrong answer of the HSM', () => {
  test('is asked for once more', async () => {
    const bench = await makeSealingBench()
    const counted = counting(bench.token.signDigest, 1)

    await bench.makeSealing(counted).apply(requestOf(bench))

    expect(counted.calls).toBe(2)
    expect(await sealedEntries(bench.db)).toHaveLength(1)
  })

  test('that comes twice ends in 503: nothing leaves, nothing is written down', async () => {
    const bench = await makeSealingBench()
    const counted = counting(bench.token.signDigest, 2)

    const applying = bench.makeSealing(counted).apply(requestOf(bench, KEY))

    await expect(applying).rejects.toMatchObject({
      code: 'hsm-unavailable',
      hints: { retryAfterSeconds: 30 },
    })
    expect(counted.calls).toBe(2)
    expect(await sealedEntries(bench.db)).toEqual([])
    expect(await bench.db.selectFrom('idempotency').selectAll().execute()).toEqual([])
  })

  test('that is no signature at all never reaches a file', async () => {
    const bench = await makeSealingBench()
    for (const octets of [new Uint8Array(), new Uint8Array(72), Buffer.from('3000', 'hex')]) {
      const applying = bench.makeSealing({ signDigest: async () => octets }).apply(requestOf(bench))

      await expect(applying).rejects.toMatchObject({ code: 'hsm-unavailable' })
    }
  })

  test('and its absence are told as they are', async () => {
    const bench = await makeSealingBench()
    const away = new AppError('hsm-unavailable', 'Away.', { hints: { retryAfterSeconds: 5 } })
    const signDigest: SignDigest = async () => {
      throw away
    }

    await expect(bench.makeSealing({ signDigest }).apply(requestOf(bench))).rejects.toBe(away)
  })
})

describe('nothing is released', () => {
  test('when its record cannot be written', async () => {
    const bench = await makeSealingBench()
    await bench.db.schema.dropTable('idempotency').execute()
    await bench.db.schema.dropTable('operation').execute()

    await expect(bench.makeSealing().apply(requestOf(bench))).rejects.toThrow(/operation/)

    expect(await sealedEntries(bench.db)).toEqual([])
    expect(await verifyJournal(bench.db)).toMatchObject({ intact: true })
  })

  test('before its journal entry is committed', async () => {
    const database = await openTestDatabase('postgres')
    const bench = await makeSealingBench(database.db)
    const other = await openAgain(database)
    const counted = counting(bench.token.signDigest)
    let isReleased = false
    const lock = await other.startTransaction().execute()
    await lock.updateTable('journal_head').set({ id: 1 }).where('id', '=', 1).execute()

    const applying = bench.makeSealing(counted).apply(requestOf(bench))
    applying.then(
      () => {
        isReleased = true
      },
      () => {},
    )
    await expect.poll(() => counted.calls).toBe(1)
    await other.selectFrom('seal').selectAll().execute()

    expect(isReleased).toBe(false)
    await lock.commit().execute()
    await applying
    expect(await sealedEntries(bench.db)).toHaveLength(1)
  })
})

describeEachDatabase('a repetition with the same Idempotency-Key', (open) => {
  test('gives the same file and operation, signs nothing and journals nothing', async () => {
    const bench = await makeSealingBench((await open()).db)
    const counted = counting(bench.token.signDigest)
    const first = await bench.makeSealing(counted).apply(requestOf(bench, KEY))
    bench.clock.now += 3_600_000

    const again = await bench.makeSealing(counted).apply(requestOf(bench, KEY))

    expect(sealedFile(again)).toEqual(sealedFile(first))
    expect(again.sha256).toBe(first.sha256)
    expect(again.operation).toEqual(first.operation)
    expect(counted.calls).toBe(1)
    expect(await sealedEntries(bench.db)).toHaveLength(1)
  })

  test('that comes while the first is running waits for it', async () => {
    const bench = await makeSealingBench((await open()).db)
    const counted = counting(bench.token.signDigest)
    const sealing = bench.makeSealing(counted)

    const all = await Promise.all([1, 2, 3].map(() => sealing.apply(requestOf(bench, KEY))))

    expect(new Set(all.map(({ operation }) => operation.id)).size).toBe(1)
    expect(new Set(all.map(({ appendix }) => Buffer.from(appendix).toString('hex'))).size).toBe(1)
    expect(counted.calls).toBe(1)
  })

  test('on two nodes at the same moment is one act with one file', async () => {
    const bench = await makeSealingBench((await open()).db)
    const bothAsked = makeBarrier(2)
    const signDigest: SignDigest = async (request) => {
      await bothAsked()
      return bench.token.signDigest(request)
    }

    const [one, other] = await Promise.all(
      [1, 2].map(() => bench.makeSealing({ signDigest }).apply(requestOf(bench, KEY))),
    )

    expect(one?.operation).toEqual(other?.operation)
    expect(Buffer.from(one?.appendix ?? []).equals(other?.appendix ?? Buffer.of(0))).toBe(true)
    expect(await sealedEntries(bench.db)).toHaveLength(1)
    expect(await verifyJournal(bench.db)).toMatchObject({ intact: true })
  })

  test('is a new request after the first has failed', async () => {
    const bench = await makeSealingBench((await open()).db)
    const counted = counting(bench.token.signDigest, 2)
    const sealing = bench.makeSealing(counted)
    await expect(sealing.apply(requestOf(bench, KEY))).rejects.toThrow()

    await sealing.apply(requestOf(bench, KEY))

    expect(await sealedEntries(bench.db)).toHaveLength(1)
  })

  test.each([
    { what: 'document', wish: { document: { bytes: makePdf({ 8: '(other)' }) } } },
    { what: 'reason', wish: { options: { level: 'B-B', reason: 'Autre' } as const } },
  ])('of another $what is a conflict', async ({ wish }) => {
    const bench = await makeSealingBench((await open()).db)
    const counted = counting(bench.token.signDigest)
    const sealing = bench.makeSealing(counted)
    await sealing.apply(requestOf(bench, KEY))

    const other = sealing.apply(requestOf(bench, { ...KEY, ...wish }))

    await expect(other).rejects.toMatchObject({
      code: 'idempotency-conflict',
      hints: { field: 'Idempotency-Key' },
    })
    expect(counted.calls).toBe(1)
  })
})

test('the same document without a key is sealed anew each time', async () => {
  const bench = await makeSealingBench()
  const sealing = bench.makeSealing()

  const [one, other] = await Promise.all([1, 2].map(() => sealing.apply(requestOf(bench))))

  expect(one?.operation.id).not.toBe(other?.operation.id)
  expect(await sealedEntries(bench.db)).toHaveLength(2)
})

test('a client sees the seals it may apply now, and its own operations alone', async () => {
  const bench = await makeSealingBench()
  const sealing = bench.makeSealing()
  const stranger = { id: 'other', name: 'Other' }
  const { operation } = await sealing.apply(requestOf(bench))

  expect(await sealing.listSeals(bench.client)).toMatchObject([
    {
      id: 'conseil',
      name: 'Cachet du conseil',
      organisation: 'Conseil d’essai',
      state: 'active',
      signatureAlgorithm: 'ecdsa-p256-sha256',
      delegation: { number: 'D-2026-001', validFrom: '2026-11-24T12:00:00.000Z' },
    },
  ])
  expect(await sealing.listSeals(stranger)).toEqual([])
  for (const asking of [
    sealing.getOperation(stranger, operation.id),
    sealing.getOperation(bench.client, 'nothing'),
  ]) {
    await expect(asking).rejects.toMatchObject({ code: 'not-found' })
  }
  bench.clock.now += YEAR_MS
  expect(await sealing.listSeals(bench.client)).toEqual([])
})

async function certificateId(db: Db): Promise<string> {
  const seal = await db.selectFrom('seal').select('certificate_id').executeTakeFirstOrThrow()
  return seal.certificate_id
}

/** What a reader of PDF finds: the two runs of the ByteRange, and the CMS between them. */
function takeApart(file: Buffer): { content: Buffer; cms: Buffer } {
  const text = file.toString('latin1')
  const [, ...numbers] = /\/ByteRange ?\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/.exec(text) ?? []
  const [start = 0, length = 0, restart = 0, restLength = 0] = numbers.map(Number)
  const content = Buffer.concat([
    file.subarray(start, start + length),
    file.subarray(restart, restart + restLength),
  ])
  return { content, cms: Buffer.from(text.slice(length + 1, restart - 1), 'hex') }
}

/** Lets nobody through before so many have come. */
function makeBarrier(count: number): () => Promise<void> {
  let missing = count
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return () => {
    missing -= 1
    if (missing === 0) open()
    return opened
  }
}
