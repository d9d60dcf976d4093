import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import { hashLeaf, verifyInclusion } from '../../src/journal/merkle.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { proveOperation } from '../../src/sealing/operation-proof.ts'
import { makeOperationWitness } from '../../src/sealing/operation-witness.ts'
import { findOperation } from '../../src/sealing/store.ts'
import { describeEachDatabase } from '../support/databases.ts'
import {
  insertSealRows,
  operationsOf,
  recordOperation,
  recordOperations,
} from '../support/recorded-operations.ts'
import { makeSealingBench, requestOf } from '../support/sealing-bench.ts'

const run = promisify(execFile)

async function prove(db: Db, id: string) {
  const row = await findOperation(db, id)
  if (row === undefined) throw new Error(`there is no ${id}`)
  return proveOperation(db, row)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

describeEachDatabase('the proof of an operation', (open) => {
  test.each([1, 2, 7, 64])('in a group of %i leads from its leaf to its entry', async (count) => {
    const { db } = await open()
    await insertSealRows(db)
    const operations = operationsOf('op', count)
    await recordOperations(db, operationsOf('earlier', 3))
    await recordOperations(db, operations)

    for (const [index, { id, sealedSha256 }] of operations.entries()) {
      const proof = await prove(db, id)

      expect(proof).toMatchObject({ seq: 2, leafIndex: index, leafCount: count })
      if (!('leaf' in proof)) throw new Error('it is in a group')
      const { leaf, leafCount, merkleRoot, path } = proof
      expect(JSON.parse(leaf)).toMatchObject({ operation: id, sealedSha256 })
      const claim = {
        leafHash: hashLeaf(leaf),
        ...{ index, size: leafCount, root: Buffer.from(merkleRoot, 'hex') },
        path: path.map((one) => Buffer.from(one, 'hex')),
      }
      expect(verifyInclusion(claim)).toBe(true)
      expect(JSON.parse(proof.entry)).toMatchObject({ detail: { merkleRoot, count } })
      expect(sha256(`sceau/journal/v1\0${proof.entry}`)).toBe(proof.hash)
    }
  })

  test('in a group of more than a page is complete too', async () => {
    const { db } = await open()
    await insertSealRows(db)
    await recordOperations(db, operationsOf('op', 2_001))

    const proof = await prove(db, 'op-1500')

    expect(proof).toMatchObject({ leafIndex: 1_500, leafCount: 2_001 })
    if (!('merkleRoot' in proof)) throw new Error('it is in a group')
    expect(JSON.parse(proof.entry).detail.merkleRoot).toBe(proof.merkleRoot)
  })

  test('with an entry of its own is that entry', async () => {
    const { db } = await open()
    await insertSealRows(db)
    for (const one of operationsOf('op', 2)) await recordOperation(db, one)

    const proof = await prove(db, 'op-0001')

    expect(Object.keys(proof)).toEqual(['seq', 'hash', 'entry'])
    expect(JSON.parse(proof.entry)).toMatchObject({ seq: 2, subject: 'op-0001' })
    expect(sha256(`sceau/journal/v1\0${proof.entry}`)).toBe(proof.hash)
  })

  test('agrees with what the service writes down and tells', async () => {
    const bench = await makeSealingBench((await open()).db)
    const sealing = bench.makeSealing()
    const { operation } = await sealing.apply(requestOf(bench))

    const told = await sealing.getOperation(bench.client, operation.id)

    expect(JSON.parse(told.journal.entry)).toMatchObject({
      ...{ subject: operation.id, action: 'document.sealed' },
      detail: { sealedSha256: told.sealedSha256, signedDigest: told.signedDigest },
    })
    const verdict = await verifyJournal(bench.db, makeOperationWitness(bench.db))
    expect(verdict).toMatchObject({ intact: true })
  })

  test('stands in docs/JOURNAL.md as it is made, and can be recomputed as it says there', async () => {
    const { db } = await open()
    await insertSealRows(db)
    await recordOperations(db, operationsOf('op', 3))
    const page = await readFile(new URL('../../docs/JOURNAL.md', import.meta.url), 'utf8')
    const shown = /```json\n(?<json>.+?)```.+?```bash\n(?<script>.+?)```/s.exec(page)?.groups
    const proof = await prove(db, 'op-0001')

    const { stdout } = await run('bash', ['-eu', '-c', shown?.script ?? ''])

    expect(JSON.parse(shown?.json ?? '')).toEqual(proof)
    expect(stdout.split('\n')).toEqual([
      'merkleRoot' in proof ? proof.merkleRoot : undefined,
      proof.hash,
      '',
    ])
  })
})
