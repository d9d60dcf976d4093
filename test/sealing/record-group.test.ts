import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeDetail } from '../../src/journal/entry.ts'
import { hashLeaf, merkleRoot } from '../../src/journal/merkle.ts'
import { getEntry, readHead } from '../../src/journal/store.ts'
import { detailOf, makeEncodeLeaf } from '../../src/sealing/evidence.ts'
import { recordGroup } from '../../src/sealing/record-group.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { runs } from '../support/laws.ts'
import {
  COMMON,
  insertSealRows,
  operationsOf,
  recordOperations,
} from '../support/recorded-operations.ts'

const SHARED = { seal: 'conseil', key: '0a0b', certificate: '0f1e', delegation: 'D-2026-001 v1' }

test('a leaf is the canonical JSON of what an entry of its own would say, the id and the time', () => {
  const text = fc.string({ unit: 'grapheme' })
  const shared = fc.record({ seal: text, key: text, certificate: text, delegation: text })
  const own = fc.record({
    ...{ id: text, at: fc.nat({ max: Number.MAX_SAFE_INTEGER }), originalSha256: text },
    ...{ sealedSha256: text, signedDigest: text, warnings: fc.oneof(fc.constant(''), text) },
  })
  fc.assert(
    fc.property(shared, own, (all, one) => {
      const members = { ...detailOf(all, one), operation: one.id, at: one.at }

      expect(makeEncodeLeaf(all)(one)).toBe(canonicalize(members))
    }),
    runs(300),
  )
})

test('a leaf reads as docs/JOURNAL.md shows it', () => {
  const [, operation] = operationsOf('op', 2)
  if (operation === undefined) throw new Error('there are two')

  expect(makeEncodeLeaf(SHARED)({ ...operation, warnings: 'repaired' })).toBe(
    '{"at":1795521600001,"certificate":"0f1e","delegation":"D-2026-001 v1","key":"0a0b",' +
      `"operation":"op-0001","originalSha256":"${operation.originalSha256}","seal":"conseil",` +
      `"sealedSha256":"${operation.sealedSha256}","signedDigest":"${operation.signedDigest}",` +
      '"warnings":"repaired"}',
  )
})

describeEachDatabase('a group of operations', (open) => {
  test.each([1, 2, 64, 65, 300])('of %i has one entry, with the root over all', async (count) => {
    const { db } = await open()
    await insertSealRows(db)
    const operations = operationsOf('op', count)
    const encodeLeaf = makeEncodeLeaf(SHARED)

    const { seq } = await recordOperations(db, operations)

    const { detailJson, ...entry } = await getEntry(db, seq)
    const leafHashes = operations.map((one) =>
      hashLeaf(encodeLeaf({ ...one, warnings: one.warnings.join() })),
    )
    const root = Buffer.from(merkleRoot(leafHashes)).toString('hex')
    expect(entry).toMatchObject({
      ...{ seq: 1, actor: 'client:ged', action: 'documents.sealed', subject: 'batch-1' },
    })
    expect(decodeDetail(detailJson)).toEqual({
      ...SHARED,
      ...{ batch: 'batch-1', count, merkleRoot: root },
    })
    const rows = await db.selectFrom('operation').selectAll().orderBy('leaf_index').execute()
    expect(rows.map(({ id }) => id)).toEqual(operations.map(({ id }) => id))
    expect(rows.map(({ leaf_index }) => leaf_index)).toEqual(operations.map((_, i) => i))
    rows.forEach(({ leaf_hash }, i) => {
      expect(Buffer.from(leaf_hash ?? []).equals(leafHashes[i] ?? new Uint8Array())).toBe(true)
    })
    expect(rows[0]).toMatchObject({
      ...{ at: operations[0]?.at, kind: 'seal', seal_id: 'conseil', client_id: 'ged' },
      ...{ delegation_id: 'del-1', delegation_version: 1, key_id: '0a0b', journal_seq: seq },
      ...{ certificate_id: 'cert-1', level: 'B-B', field_name: 'Signature1', bytes: 100_000 },
      ...{ request_id: 'r-1', warnings: '', original_sha256: operations[0]?.originalSha256 },
      sealed_sha256: operations[0]?.sealedSha256,
      signed_digest: operations[0]?.signedDigest,
    })
  })

  test('stands in the order of its ids, in whatever order it came', async () => {
    const { db } = await open()
    await insertSealRows(db)
    const operations = operationsOf('op', 40)

    await recordOperations(db, operations.toReversed())

    const rows = await db.selectFrom('operation').select('id').orderBy('leaf_index').execute()
    expect(rows).toEqual(operations.map(({ id }) => ({ id })))
  })

  test('of a stream names no batch', async () => {
    const { db } = await open()
    await insertSealRows(db)
    const group = {
      at: 5,
      subject: 'stream:r-1',
      common: COMMON,
      operations: operationsOf('op', 2),
    }

    const { seq } = await db.transaction().execute((tx) => recordGroup(tx, group))

    const { detailJson, at, subject } = await getEntry(db, seq)
    expect({ at, subject }).toEqual({ at: 5, subject: 'stream:r-1' })
    expect(Object.keys(JSON.parse(detailJson))).not.toContain('batch')
  })

  test('of none is a mistake, and one with a known id leaves nothing', async () => {
    const { db } = await open()
    await insertSealRows(db)
    await recordOperations(db, operationsOf('op', 3))

    await expect(recordOperations(db, [])).rejects.toThrow(RangeError)
    const twice = [...operationsOf('new', 70), ...operationsOf('op', 1)]
    await expect(recordOperations(db, twice)).rejects.toThrow()

    expect(await db.selectFrom('operation').select('id').execute()).toHaveLength(3)
    expect(await readHead(db)).toMatchObject({ seq: 1 })
  })
})
