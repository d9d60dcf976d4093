import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PDFDocument } from 'pdf-lib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runSceau } from '../support/cli.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let dir: string
let pdf: string
let toServer: string[]

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sceau-cli-'))
  server = await startTestServer()
  pdf = join(dir, 'lettre.pdf')
  const document = await PDFDocument.create()
  document.addPage()
  writeFileSync(pdf, await document.save())
  const keyFile = join(dir, 'key')
  writeFileSync(keyFile, `${server.apiKey}\n`)
  toServer = ['--url', server.url, '--api-key-file', keyFile, '--ca-file', server.caFile]
})
afterAll(async () => {
  await server?.remove()
  rmSync(dir, { recursive: true, force: true })
})

describe('seal and verify', () => {
  test('a sealed file begins with the original and passes verify; exit 0', async () => {
    const out = join(dir, 'out')
    const sealed = await runSceau(['seal', pdf, '--seal', 'ec', '--out', out, ...toServer], {})
    const verified = await runSceau(['verify', join(out, 'lettre.pdf'), ...toServer], {})

    expect(sealed).toMatchObject({ exitCode: 0, stderr: '' })
    const original = readFileSync(pdf)
    const result = readFileSync(join(out, 'lettre.pdf'))
    expect(result.subarray(0, original.length).equals(original)).toBe(true)
    expect(verified.stdout).toContain('TOTAL_PASSED B-B')
    expect(verified.exitCode).toBe(0)
  })

  test('one JSON line a document, a failed one with its problem; exit 1', async () => {
    const bad = join(dir, 'bad.pdf')
    writeFileSync(bad, 'no pdf')
    const args = ['seal', pdf, bad, '--seal', 'ec', '--out', join(dir, 'mixed'), '--json']
    const { stdout, exitCode } = await runSceau([...args, ...toServer], {})
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))

    expect(lines).toMatchObject([
      { file: pdf, state: 'sealed', operation: expect.any(String) },
      { file: bad, state: 'failed', problem: { type: '/problems/not-a-pdf' } },
    ])
    expect(exitCode).toBe(1)
  })

  test('a visible seal on the last page by flags', async () => {
    const look = ['--page=-1', '--rect=40,40,200,60', '--reason=Bon pour accord']
    const args = ['seal', pdf, '--seal', 'rsa', '--out', join(dir, 'visible'), ...look]

    expect(await runSceau([...args, ...toServer], {})).toMatchObject({ exitCode: 0 })
  })

  test('verify of an unsigned file ends 1', async () => {
    const { stdout, exitCode } = await runSceau(['verify', pdf, ...toServer], {})

    expect(stdout).toContain('no signature')
    expect(exitCode).toBe(1)
  })

  test('settings come from the environment too', async () => {
    const env = { SCEAU_URL: server.url, SCEAU_API_KEY: server.apiKey }
    const args = ['seal', pdf, '--seal', 'ec', '--out', join(dir, 'env')]

    expect(await runSceau([...args, '--ca-file', server.caFile], env)).toMatchObject({
      exitCode: 0,
    })
  })
})

test.each([
  { args: ['frobnicate'], exitCode: 2, says: 'Unknown command' },
  { args: ['seal', '--seal', 'ec'], exitCode: 2, says: 'out' },
  { args: ['seal', 'x.pdf', '--seal', 'ec', '--out', '/tmp/x'], exitCode: 2, says: 'SCEAU_URL' },
  { args: ['verify', 'x.pdf', '--url', 'http://plain'], exitCode: 2, says: 'https' },
  { args: ['init', '--organisation', 'X', '--siren', '123456789'], exitCode: 2, says: '--siren' },
  { args: ['api-client', 'weight', 'id', '1001'], exitCode: 2, says: '1 to 1000' },
  { args: ['api-client', 'create', '--name', 'a', '--weight', 'x'], exitCode: 2, says: '--weight' },
  {
    args: ['seals', 'create', '--id', 'a', '--name', 'A', '--key', 'dsa'],
    exitCode: 2,
    says: 'rsa-3072',
  },
  {
    args: ['verify', 'package.json', '--url', 'https://127.0.0.1:1'],
    exitCode: 3,
    says: 'cannot be reached',
  },
])('sceau $args ends $exitCode and says why', async ({ args, exitCode, says }) => {
  const ended = await runSceau(args, { SCEAU_API_KEY: 'sceau_x' })

  expect(ended.stderr).toContain(says)
  expect(ended.exitCode).toBe(exitCode)
})

test('a wrong setting stops a command with its name, what is wrong and an example', async () => {
  const env = { ...server.env, SCEAU_LISTEN: 'nowhere', DATABASE_URL: 'mysql://u:secret@h/d' }
  const { stderr, exitCode } = await runSceau(['api-client', 'list'], env)

  expect(stderr).toContain('SCEAU_LISTEN: is not HOST:PORT. Example: SCEAU_LISTEN=')
  expect(stderr).toContain('DATABASE_URL')
  expect(stderr).not.toContain('secret')
  expect(exitCode).not.toBe(0)
})

test('help names every command', async () => {
  const { stdout, exitCode } = await runSceau(['--help'], {})

  for (const name of [
    'init',
    'start',
    'guard',
    'seal',
    'verify',
    'api-client',
    'journal',
    'doctor',
  ]) {
    expect(stdout).toContain(name)
  }
  expect(exitCode).toBe(0)
})

test('api-client list shows who there is and never a key', async () => {
  const { stdout } = await runSceau(['api-client', 'list'], server.env)

  expect(stdout).toContain('Essai')
  expect(stdout).not.toContain(server.apiKey)
})

test('a client is made with a weight and given another', async () => {
  const make = ['api-client', 'create', '--name', 'Factures', '--weight', '20', '--json']
  const { id }: { id: string } = JSON.parse((await runSceau(make, server.env)).stdout)
  const weighed = await runSceau(['api-client', 'weight', id, '300'], server.env)

  expect(weighed).toMatchObject({ exitCode: 0, stderr: '' })
  const listed = JSON.parse((await runSceau(['api-client', 'list', '--json'], server.env)).stdout)
  expect(listed).toContainEqual(expect.objectContaining({ id, weight: 300 }))
})

test('the journal is verified while the server runs', async () => {
  const { stdout, exitCode } = await runSceau(['journal', 'verify', '--json'], server.env)

  expect(JSON.parse(stdout)).toMatchObject({ intact: true, entries: expect.any(Number) })
  expect(exitCode).toBe(0)
})

test('doctor finds nothing to mend, and prints no secret', async () => {
  const pin = readFileSync(server.env.SCEAU_PKCS11_PIN_FILE ?? '', 'utf8').trim()
  const { stdout, stderr, exitCode } = await runSceau(['doctor'], server.env)

  expect(stderr).toBe('')
  expect(stdout).not.toContain(pin)
  expect(stdout).toMatch(/^ok +module/m)
  expect(exitCode).toBe(0)
}, 60_000)

test.each([
  { broken: { SCEAU_PKCS11_MODULE: '/nowhere/libhsm.so' }, check: 'module' },
  { broken: { SCEAU_PKCS11_TOKENS: 'no-such-token' }, check: 'token' },
  { broken: { SCEAU_PKCS11_PIN_FILE: '/nowhere/pin' }, check: 'PIN' },
  { broken: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }, check: 'database' },
])(
  'doctor: $broken fails the check «$check» and says the mend',
  async ({ broken, check }) => {
    const { stdout, exitCode } = await runSceau(['doctor', '--json'], { ...server.env, ...broken })
    const findings: { check: string; state: string; mend?: string }[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))

    expect(findings.find((finding) => finding.check === check)).toMatchObject({
      state: 'fail',
      mend: expect.stringMatching(/\w/),
    })
    expect(exitCode).toBe(1)
  },
  60_000,
)
