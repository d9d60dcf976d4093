import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PDFDocument } from 'pdf-lib'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { sceau, spawnSceau } from '../support/cli.ts'
import { judgeSignatures } from '../support/judges.ts'
import { startTestServer } from '../support/server.ts'

const FILES = 24

test('kill -9 of the server, again and again: each file is sealed once, by one operation', async () => {
  const server = await startTestServer()
  let kill: () => void = () => process.kill(server.pid, 'SIGKILL')
  let stop = async () => {}
  onTestFinished(async () => {
    await stop()
    await server.remove()
  })
  const made = await sceau(['hotfolder', 'add', '--seal', 'ec', '--json'], server.env)
  const folders: { in: string; out: string; failed: string } = JSON.parse(made)
  expect(folders.in).toBe(join(server.dataDir, 'hotfolder/ec/in'))
  expect(await sceau(['hotfolder', 'list'], server.env)).toContain(folders.in)
  const pdf = await onePage()
  // Outside first: they all come at one moment.
  const outside = join(server.dataDir, 'outside')
  mkdirSync(outside)
  const names = Array.from({ length: FILES }, (_, i) => `lettre ${i}.pdf`)
  for (const name of names) writeFileSync(join(outside, name), pdf)
  writeFileSync(join(outside, 'note.txt'), 'no pdf')
  for (const name of [...names, 'note.txt']) {
    renameSync(join(outside, name), join(folders.in, name))
  }

  for (let kills = 0; kills < 2; kills += 1) {
    const before = readdirSync(folders.out).length
    await until(() => {
      const { length } = readdirSync(folders.out)
      expect(length === FILES || length > before).toBe(true)
    })
    kill()
    await sleep(50 * kills)
    const child = spawnSceau(['start'], server.env)
    kill = () => child.kill('SIGKILL')
    stop = async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
  }
  await until(() => expect(readdirSync(folders.out).sort()).toEqual([...names].sort()))

  await until(() => {
    expect(readdirSync(folders.failed).sort()).toEqual(['note.txt', 'note.txt.problem.json'])
  })
  expect(readdirSync(folders.in)).toEqual([])
  for (const name of names) {
    const sealed = readFileSync(join(folders.out, name))
    expect(sealed.subarray(0, pdf.length).equals(pdf)).toBe(true)
    expect(judgeSignatures(sealed)).toMatchObject({ all: 1, valid: 1, coversAll: true })
  }
  const db = await openDatabase(`sqlite:${join(server.dataDir, 'sceau.db')}`)
  onTestFinished(() => db.destroy())
  const operations = await db.selectFrom('operation').select('sealed_sha256').execute()
  expect(operations).toHaveLength(FILES)
  expect(await sceau(['journal', 'verify'], server.env)).toContain('intact')
}, 180_000)

async function until(holds: () => void): Promise<void> {
  await vi.waitFor(holds, { timeout: 60_000, interval: 5 })
}

async function onePage(): Promise<Buffer> {
  const document = await PDFDocument.create()
  document.addPage()
  return Buffer.from(await document.save())
}
