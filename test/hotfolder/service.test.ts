import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { revoke } from '../../src/clients/service.ts'
import type { Db } from '../../src/db/database.ts'
import { foldersOf, makeFolders } from '../../src/hotfolder/folders.ts'
import { startHotFolders } from '../../src/hotfolder/hot-folders.ts'
import { addHotFolder, removeHotFolder } from '../../src/hotfolder/service.ts'
import { listHotFolders } from '../../src/hotfolder/store.ts'
import { problemFor } from '../../src/http/problem.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { makeSealingBench, ORIGINAL } from '../support/sealing-bench.ts'

async function journal(db: Db) {
  return db
    .selectFrom('journal_entry')
    .select(['action', 'subject', 'detail_json'])
    .orderBy('seq', 'desc')
    .limit(3)
    .execute()
}

describeEachDatabase('a hot folder', (open) => {
  test('has a client without a key that may apply its seal and no other; the journal has it', async () => {
    const { db } = await open()
    const bench = await makeSealingBench(db)

    const { client } = await addHotFolder(bench.administration, {
      sealId: 'conseil',
      clientName: 'Dossier partagé',
    })

    expect(await listHotFolders(db)).toEqual([
      { sealId: 'conseil', client: { id: client.id, name: 'Dossier partagé' } },
    ])
    const seals = await bench.makeSealing().listSeals(client)
    expect(seals.map(({ id }) => id)).toEqual(['conseil'])
    expect(await journal(db)).toEqual([
      {
        action: 'hotfolder.added',
        subject: 'conseil',
        detail_json: `{"client":"${client.id}"}`,
      },
      expect.objectContaining({ action: 'delegation.granted' }),
      {
        action: 'client.created',
        subject: client.id,
        detail_json: '{"name":"Dossier partagé"}',
      },
    ])
  })

  test('is one for a seal, and there is none for a seal that is not', async () => {
    const { db } = await open()
    const { administration } = await makeSealingBench(db)
    const add = (sealId: string) => addHotFolder(administration, { sealId, clientName: 'x' })
    await add('conseil')

    await expect(add('conseil')).rejects.toMatchObject({ code: 'invalid-request' })
    await expect(add('nothing')).rejects.toMatchObject({ code: 'seal-not-found' })
    expect(await db.selectFrom('api_client').selectAll().execute()).toHaveLength(2)
  })

  test('that is removed is watched no more, its client revoked; another may come', async () => {
    const { db } = await open()
    const { administration } = await makeSealingBench(db)
    const wanted = { sealId: 'conseil', clientName: 'x' }
    const { client } = await addHotFolder(administration, wanted)

    await removeHotFolder(administration, 'conseil')

    expect(await listHotFolders(db)).toEqual([])
    expect(await journal(db)).toMatchObject([
      { action: 'hotfolder.removed', subject: 'conseil' },
      { action: 'client.revoked', subject: client.id },
      { action: 'hotfolder.added' },
    ])
    await expect(removeHotFolder(administration, 'conseil')).rejects.toMatchObject({
      code: 'not-found',
    })
    expect(await addHotFolder(administration, wanted)).toMatchObject({ sealId: 'conseil' })
  })

  test('is watched from when it is added until its client is revoked', async () => {
    const { db } = await open()
    const bench = await makeSealingBench(db)
    const dataDir = await mkdtemp(join(tmpdir(), 'sceau-hotfolder-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const hotFolders = startHotFolders({
      ...{ db, dataDir, sealing: bench.makeSealing(), describeProblem: problemFor },
      ...{ node: randomUUID(), makeId: randomUUID, forget: async () => {}, isAlone: true },
      log: pino({ level: 'silent' }),
      timing: { lookMs: 10, quietMs: 30 },
    })
    onTestFinished(() => hotFolders.stop())
    const folders = foldersOf(dataDir, 'conseil')
    await makeFolders(folders)
    await writeFile(join(folders.in, 'a.pdf'), ORIGINAL)

    const wanted = { sealId: 'conseil', clientName: 'x' }
    const { client } = await addHotFolder(bench.administration, wanted)
    const until = (holds: () => Promise<void>) => vi.waitFor(holds, { timeout: 20_000 })
    await until(async () => expect(await readdir(folders.out)).toEqual(['a.pdf']))
    await revoke(bench.administration, client.id)
    // Its last act is to tidy up.
    await until(async () => expect(await readdir(folders.work)).toEqual([]))
    await writeFile(join(folders.in, 'b.pdf'), ORIGINAL)
    await hotFolders.stop()

    expect(await readdir(folders.in)).toEqual(['b.pdf'])
    expect(await readdir(folders.out)).toEqual(['a.pdf'])
  })
})
