import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { PDFDocument } from 'pdf-lib'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { runSceau, sceau } from './support/cli.ts'
import { childrenOf } from './support/processes.ts'
import { problemOf, startTestServer, type TestServer } from './support/server.ts'

let pdf: Uint8Array
const running: TestServer[] = []

beforeAll(async () => {
  const document = await PDFDocument.create()
  document.addPage()
  pdf = await document.save()
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.remove()
})

async function start(): Promise<TestServer> {
  const server = await startTestServer()
  running.push(server)
  return server
}

test('kill -9 of the guard under load: each request ends sealed or told when to ask again', async () => {
  const server = await start()
  let isLoading = true
  const outcomes: { status: number; hint: unknown }[] = []
  const clients = Array.from({ length: 6 }, async () => {
    while (isLoading) {
      const answer = await server.apply('ec', pdf)
      const hint = answer.status === 503 ? answer.headers['retry-after'] : undefined
      outcomes.push({ status: answer.status, hint })
    }
  })
  for (let i = 0; i < 3; i += 1) {
    await sleep(500)
    for (const guard of childrenOf(server.pid)) process.kill(guard, 'SIGKILL')
  }
  await sleep(1000)
  isLoading = false
  await Promise.all(clients)

  const wrong = outcomes.filter(({ status, hint }) => status !== 200 && !(status === 503 && hint))
  expect(wrong).toEqual([])
  expect(outcomes.length).toBeGreaterThan(10)
  expect((await server.apply('ec', pdf)).status).toBe(200)
  expect((await server.ask('/healthz')).status).toBe(200)
}, 60_000)

test('SIGTERM: what is on its way is sealed, new connections find no port, the journal is whole', async () => {
  const server = await start()
  const onTheirWay = Array.from({ length: 20 }, () => server.apply('rsa', pdf))
  await sleep(20)
  const stopped = server.stop()
  const answers = await Promise.all(onTheirWay.map((answer) => answer.catch(() => undefined)))
  const code = await stopped

  const sealed = answers.filter((answer) => answer?.status === 200)
  expect(sealed.length).toBeGreaterThan(0)
  expect(code).toBe(0)
  await expect(server.ask('/healthz')).rejects.toThrow()
  const { stdout } = await runSceau(['journal', 'verify'], server.env)
  expect(stdout).toContain('intact')
}, 60_000)

test('a wrong PIN: doctor says so and how to mend it, and the right PIN works afterwards', async () => {
  const server = await start()
  await server.stop()
  const pinFile = server.env.SCEAU_PKCS11_PIN_FILE ?? ''
  const right = readFileSync(pinFile, 'utf8')
  writeFileSync(pinFile, '000000')
  const { stdout, exitCode } = await runSceau(['doctor', '--json'], server.env)
  const findings: { check: string; state: string; mend?: string }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  writeFileSync(pinFile, right)

  expect(exitCode).toBe(1)
  expect(findings.findLast(({ check }) => check === 'PIN')).toMatchObject({
    state: 'fail',
    mend: expect.stringContaining('PIN'),
  })
  await sceau(['doctor'], server.env)
}, 60_000)

test('a port that is taken: the start ends at once and names it', async () => {
  const server = await start()
  const { host } = new URL(server.url)
  const { stderr, exitCode } = await runSceau(['start'], {
    ...server.env,
    SCEAU_LISTEN: host,
  })

  expect(stderr).toContain(`Cannot listen on ${host}: another program has this port.`)
  expect(exitCode).toBe(1)
})

test('a request without an HSM is answered 503 with Retry-After', async () => {
  const server = await start()
  // One that is silent is started anew, and might answer in time: that one is stopped too.
  const stop = () => {
    for (const guard of childrenOf(server.pid)) {
      try {
        process.kill(guard, 'SIGSTOP')
      } catch {
        // It ended between the look and the signal: its successor is stopped the next time.
      }
    }
  }
  stop()
  const stopping = setInterval(stop, 20)
  const answer = await server.apply('ec', pdf)
  clearInterval(stopping)
  for (const guard of childrenOf(server.pid)) process.kill(guard, 'SIGCONT')

  expect(problemOf(answer)).toMatchObject({ type: '/problems/hsm-unavailable', status: 503 })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
}, 60_000)
