import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { listEntries } from '../../src/journal/store.ts'
import { runSceau, sceau } from '../support/cli.ts'
import { askHttps } from './ask-https.ts'
import { type FirstRunServer, startFirstRunServer } from './first-run-server.ts'

const running: FirstRunServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.remove()
})

async function start(extra: Readonly<Record<string, string>> = {}): Promise<FirstRunServer> {
  const server = await startFirstRunServer(extra)
  running.push(server)
  return server
}

test('an empty data folder: it listens, tells a link, and everything says that it is due', async () => {
  const { url, link } = await start()
  const page = await askHttps(`${url}/members`, { accept: 'text/html' })
  const waiting = await askHttps(`${url}/first-run`, { 'accept-language': 'en' })
  const api = await askHttps(`${url}/api/v1/seals`)
  const ready = await askHttps(`${url}/readyz`)
  const opened = await askHttps(link)

  expect(page).toMatchObject({ status: 303, headers: { location: '/first-run' } })
  expect(waiting.body).toContain('This appliance is not in service yet')
  expect(api.status).toBe(503)
  expect(JSON.parse(api.body)).toMatchObject({ type: '/problems/first-run-unfinished' })
  expect(ready.status).toBe(503)
  expect(JSON.parse(ready.body)).toMatchObject({
    ready: false,
    checks: { firstRun: { state: 'down' } },
  })
  expect((await askHttps(`${url}/healthz`)).status).toBe(200)
  expect(opened).toMatchObject({ status: 303, headers: { location: '/first-run' } })
  expect(String(opened.headers['set-cookie'])).toMatch(
    /^__Host-sceau-first-run=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax/,
  )
})

test('the certificate of the port is the one whose fingerprint was told', async () => {
  const { url, fingerprint } = await start()
  const shown = await peerCertificate(url)

  expect(shown.fingerprint256).toBe(fingerprint)
  expect(shown.checkHost('localhost')).toBe('localhost')
  expect(shown.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(shown.verify(shown.publicKey)).toBe(true)
})

test('without module and PIN, and with a module that is none, it starts all the same', async () => {
  const bare = { SCEAU_PKCS11_MODULE: '', SCEAU_PKCS11_PIN_FILE: '' }
  for (const extra of [bare, { SCEAU_PKCS11_MODULE: '/nowhere/lib.so' }]) {
    const { url } = await start(extra)
    expect((await askHttps(`${url}/healthz`)).status).toBe(200)
  }
})

test('each start tells another link, and the one before is dead; the log has neither', async () => {
  const server = await start()
  const first = server.link
  expect((await askHttps(first)).status).toBe(303)
  await server.kill()
  const dead = await askHttps(first)

  expect(server.link).not.toBe(first)
  expect(dead.status).toBe(404)
  expect(dead.headers['set-cookie'] ?? '').not.toContain('first-run=')
  expect((await askHttps(server.link)).status).toBe(303)
  const log = server.log.join('\n')
  for (const link of [first, server.link]) expect(log).not.toContain(link.slice(-20))
})

test('a cookie of a start before lets nobody in, and guesses are told to wait', async () => {
  const server = await start()
  const cookie = String((await askHttps(server.link)).headers['set-cookie']).split(';')[0] ?? ''
  const page = () => askHttps(`${server.url}/first-run/language`, { cookie })
  expect((await page()).status).toBe(200)
  await server.kill()
  expect(await page()).toMatchObject({ status: 303, headers: { location: '/first-run' } })

  const guesses: number[] = []
  for (let i = 0; i < 30; i += 1) {
    const guess = `${server.url}/first-run/${String(i).padStart(43, 'a')}`
    guesses.push((await askHttps(guess)).status)
  }
  expect(guesses[0]).toBe(404)
  expect(guesses.at(-1)).toBe(429)
  // Whoever guesses keeps nobody out.
  expect((await askHttps(server.link)).status).toBe(303)
})

test('sceau init beside it: the next request finds the appliance proper, and the link nothing', async () => {
  const server = await start()
  const wanted = ['--organisation', 'Conseil', '--siren', '123456782', '--ca-key', 'p-256']
  await sceau(['init', ...wanted], server.env)
  const link = await askHttps(server.link, { accept: 'text/html' })
  const readiness = async () => (await askHttps(`${server.url}/readyz`)).status
  await expect.poll(readiness, { timeout: 20_000, interval: 200 }).toBe(200)
  expect(await server.stop()).toBe(0)
  const { stdout } = await runSceau(['journal', 'verify'], server.env)

  expect(link.status).toBe(404)
  expect(stdout).toContain('intact')
  const db = await openDatabase(`sqlite:${server.dataDir}/sceau.db`)
  const actions = (await listEntries(db, 0, 100)).map(({ action }) => action)
  await db.destroy()
  expect(actions[0]).toBe('first-run.opened')
  expect(actions).toContain('first-run.closed')
}, 60_000)

function peerCertificate(url: string): Promise<X509Certificate> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      const { raw } = socket.getPeerCertificate()
      socket.destroy()
      resolve(new X509Certificate(raw))
    })
  })
}
