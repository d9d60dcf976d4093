import { createSecureContext } from 'node:tls'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import { claimDue } from '../../src/notices/claims.ts'
import { enqueueNotice, type NoticeInput } from '../../src/notices/enqueue.ts'
import { makeMailSender } from '../../src/notices/mail.ts'
import type { Send } from '../../src/notices/model.ts'
import { startNotices } from '../../src/notices/worker.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { startMailServer } from '../support/mail-server.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const DAY_MS = 86_400_000
const CODE: NoticeInput = {
  ...{ kind: 'enrolment.code', channel: 'mail', data: { code: '314159' } },
  ...{ to: 'helene.marchal@croec.example', locale: 'fr' },
}
const TEST_MAIL: NoticeInput = {
  ...{ kind: 'appliance.mail-test', channel: 'mail', data: {} },
  ...{ to: 'helene.marchal@croec.example', locale: 'fr' },
}

describeEachDatabase('the outbox', (open, dialect) => {
  async function put(db: Db, notice: NoticeInput) {
    return db.transaction().execute((tx) => enqueueNotice(tx, notice, NOW))
  }

  function work(
    db: Db,
    senders: { mail?: Send; sms?: Send },
    clock = { now: NOW },
    lines: string[] = [],
  ) {
    const worker = startNotices({
      ...{ db, dialect, senders, lookMs: 10 },
      log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
      now: () => clock.now,
      random: () => 0.5,
    })
    onTestFinished(() => worker.stop())
    return { worker, clock, lines }
  }

  function smtp(url: string): Send {
    const sender = makeMailSender({
      ...{ url, from: 'sceau@croec.example', publicUrl: 'https://sceau.croec.example' },
      trust: () => createSecureContext(),
    })
    onTestFinished(() => sender.close())
    return sender.send
  }

  async function read(db: Db, id: string) {
    return db.selectFrom('notice').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  }

  async function until(db: Db, id: string, wanted: object) {
    await vi.waitFor(async () => expect(await read(db, id)).toMatchObject(wanted), {
      ...{ timeout: 20_000, interval: 10 },
    })
  }

  test('sends a notice once, and keeps nothing of its code', async () => {
    const { db } = await open()
    const server = await startMailServer()
    const id = await put(db, CODE)

    work(db, { mail: smtp(server.url) })
    await until(db, id, { state: 'sent', attempts: 1, ended_at: NOW, last_words: null })

    expect(server.arrived.map(({ parsed }) => parsed.subject)).toEqual([
      '314159 est votre code de vérification',
    ])
    expect(JSON.stringify(await read(db, id))).not.toContain('314159')
  })

  test('says neither addresses nor codes in the log', async () => {
    const { db } = await open()
    const server = await startMailServer({
      answers: [{ status: 550, words: '<helene.marchal@croec.example> is unknown' }],
    })
    const id = await put(db, CODE)

    const { lines } = work(db, { mail: smtp(server.url) })
    await until(db, id, { state: 'given-up' })

    expect((await read(db, id)).last_words).toBe('550 <helene.marchal@croec.example> is unknown')
    expect(lines.join('')).toContain(id)
    expect(lines.join('')).not.toMatch(/helene|314159/)
  })

  test('tries again what the server could not take just now, after the pauses of webhooks', async () => {
    const { db } = await open()
    const busy = { status: 450, words: 'busy' }
    const server = await startMailServer({ answers: [busy, 'hang-up', busy] })
    const id = await put(db, TEST_MAIL)

    const { clock } = work(db, { mail: smtp(server.url) })
    for (const [i, pauseMs] of [5_000, 30_000, 120_000].entries()) {
      await until(db, id, { state: 'waiting', attempts: i + 1, next_at: clock.now + pauseMs })
      clock.now += pauseMs
    }
    await until(db, id, { state: 'sent', attempts: 4 })

    expect(new Set(server.arrived.map(({ parsed }) => parsed.messageId)).size).toBe(1)
  })

  test('gives up at once what is refused for ever, with the words of the server', async () => {
    const { db } = await open()
    const words = 'no such user here'
    const server = await startMailServer({ answers: [{ status: 550, words }] })
    const id = await put(db, CODE)

    work(db, { mail: smtp(server.url) })
    await until(db, id, { state: 'given-up', attempts: 1, last_words: `550 ${words}` })

    expect((await read(db, id)).data_json).not.toContain('314159')
  })

  test('does not send a code that has ended', async () => {
    const { db } = await open()
    const server = await startMailServer()
    const id = await put(db, { ...CODE, expiresAt: NOW + 600_000 })

    work(db, { mail: smtp(server.url) }, { now: NOW + 600_000 })
    await until(db, id, { state: 'expired', attempts: 0 })

    expect(server.asked()).toBe(0)
    expect((await read(db, id)).data_json).not.toContain('314159')
  })

  test('gives a code up rather than try after its end', async () => {
    const { db } = await open()
    const server = await startMailServer({ answers: [{ status: 450, words: 'busy' }] })
    const id = await put(db, { ...CODE, expiresAt: NOW + 4_000 })

    work(db, { mail: smtp(server.url) })
    await until(db, id, { state: 'given-up', attempts: 1, last_words: '450 busy' })
  })

  test('keeps what nothing can send, with its code, until that ends', async () => {
    const { db } = await open()
    const id = await put(db, { ...CODE, expiresAt: NOW + DAY_MS })

    const { clock, worker } = work(db, {})
    await until(db, id, { state: 'waiting', attempts: 0, data_json: '{"code":"314159"}' })
    clock.now += DAY_MS
    worker.wake()
    await until(db, id, { state: 'expired' })

    expect((await read(db, id)).data_json).not.toContain('314159')
  })

  test('forgets notices three months after their end', async () => {
    const { db } = await open()
    const id = await put(db, TEST_MAIL)
    const { clock } = work(db, { mail: async () => ({ state: 'accepted' }) })
    await until(db, id, { state: 'sent' })

    clock.now += 91 * DAY_MS
    await vi.waitFor(async () => {
      expect(await db.selectFrom('notice').select('id').execute()).toEqual([])
    })
  })

  test('gives up what its templates do not know', async () => {
    const { db } = await open()
    const server = await startMailServer()
    const id = await put(db, TEST_MAIL)
    await db.updateTable('notice').set({ kind: 'of.another-version' }).execute()

    work(db, { mail: smtp(server.url) })
    await until(db, id, { state: 'given-up', last_words: 'The notice could not be written.' })
  })

  test('that a node took and died with is sent by another: the same mail, twice at most', async () => {
    const { db } = await open()
    const server = await startMailServer()
    const id = await put(db, TEST_MAIL)
    // The node sends, and is killed before it can write that down.
    const send = smtp(server.url)
    const wish = { channels: ['mail'], now: NOW, heldUntil: NOW + 120_000, limit: 8 } as const
    const [taken] = await claimDue(db, dialect, wish)
    if (taken === undefined) throw new Error('it was not due')
    await send(taken, NOW)

    const { clock } = work(db, { mail: send })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(server.arrived).toHaveLength(1)
    clock.now += 120_000
    await until(db, id, { state: 'sent', attempts: 2 })

    const ids = server.arrived.map(({ parsed }) => parsed.messageId)
    expect(ids).toEqual(Array(2).fill(`<${id}@sceau.croec.example>`))
  })

  test('is sent once, however many nodes look into it at the same time', async () => {
    const { db } = await open()
    const server = await startMailServer()
    const ids: string[] = []
    for (let i = 0; i < 12; i += 1) ids.push(await put(db, TEST_MAIL))

    for (let node = 0; node < 3; node += 1) work(db, { mail: smtp(server.url) })
    for (const id of ids) await until(db, id, { state: 'sent', attempts: 1 })

    const arrived = server.arrived.map(({ parsed }) => parsed.messageId)
    expect(arrived.sort()).toEqual(ids.map((id) => `<${id}@sceau.croec.example>`).sort())
  })

  test('waits, when it is stopped, for what is under way', async () => {
    const { db } = await open()
    const id = await put(db, TEST_MAIL)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { worker } = work(db, {
      async mail() {
        await held
        return { state: 'accepted' }
      },
    })
    await until(db, id, { attempts: 1 })
    const stopped = worker.stop()
    release()
    await stopped

    expect(await read(db, id)).toMatchObject({ state: 'sent' })
  })
})
