import { expect, test } from 'vitest'
import { enqueueNotice, type NoticeInput } from '../../src/notices/enqueue.ts'
import { describeEachDatabase } from '../support/databases.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const DAY_MS = 86_400_000

describeEachDatabase('a notice', (open) => {
  const notice: NoticeInput = {
    ...{ kind: 'appliance.mail-test', channel: 'mail', data: {} },
    ...{ to: 'helene.marchal@croec.example', locale: 'fr' },
  }

  test('waits in the outbox once what it tells is committed', async () => {
    const { db } = await open()
    const id = await db.transaction().execute((tx) => enqueueNotice(tx, notice, NOW))

    expect(await db.selectFrom('notice').selectAll().execute()).toMatchObject([
      {
        ...{ id, kind: 'appliance.mail-test', channel: 'mail', locale: 'fr' },
        ...{ recipient: notice.to, person_id: null, organisation_id: null },
        ...{ state: 'waiting', attempts: 0, next_at: NOW, created_at: NOW },
        expires_at: NOW + 3 * DAY_MS,
      },
    ])
  })

  test('is not there when what it tells did not happen', async () => {
    const { db } = await open()
    const undone = db.transaction().execute(async (tx) => {
      await enqueueNotice(tx, notice, NOW)
      throw new Error('the rest failed')
    })

    await expect(undone).rejects.toThrow('the rest failed')
    expect(await db.selectFrom('notice').selectAll().execute()).toEqual([])
  })
})
