import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { examineMail, examineSms } from '../../src/doctor/mail.ts'
import { startMailServer } from '../support/mail-server.ts'
import { makeTlsPair } from '../support/tls-pair.ts'

function mailAt(url: string) {
  return readConfig({ SCEAU_SMTP_URL: url, SCEAU_MAIL_FROM: 'sceau@croec.example' })
}

test('a mail server that lets us in is all right, and gets no mail', async () => {
  const server = await startMailServer()

  const finding = await examineMail(mailAt(server.url))

  expect(finding).toMatchObject({ check: 'mail', state: 'ok' })
  expect(server.asked()).toBe(0)
})

test('without one, a warning says which variables to set', async () => {
  expect(await examineMail(readConfig({}))).toMatchObject({
    ...{ state: 'warn', mend: 'Set SCEAU_SMTP_URL and SCEAU_MAIL_FROM.' },
  })
  expect(await examineSms(readConfig({}))).toMatchObject({ state: 'warn' })
})

test('a refused password is said to be that, and not repeated', async () => {
  const server = await startMailServer({
    ...{ authOptional: false, allowInsecureAuth: true },
    onAuth: (_auth, _session, done) => done(new Error('Invalid login')),
  })

  const finding = await examineMail(mailAt(server.url.replace('//', '//sceau:hunter2@')))

  expect(finding).toMatchObject({ state: 'fail', mend: expect.stringMatching(/user or password/) })
  expect(JSON.stringify(finding)).not.toContain('hunter2')
})

test('a certificate that this machine does not trust is said to be that', async () => {
  const server = await startMailServer(await makeTlsPair('0.0.0.0'))

  expect(await examineMail(mailAt(`smtp://0.0.0.0:${server.port}`))).toMatchObject({
    ...{ state: 'fail', mend: expect.stringMatching(/NODE_EXTRA_CA_CERTS/) },
  })
})

test('a server without STARTTLS elsewhere is said to be that', async () => {
  const server = await startMailServer()

  expect(await examineMail(mailAt(`smtp://0.0.0.0:${server.port}`))).toMatchObject({
    ...{ state: 'fail', mend: expect.stringMatching(/STARTTLS/) },
  })
})

test('nobody at the address is said to be that', async () => {
  expect(await examineMail(mailAt('smtp://127.0.0.1:1'))).toMatchObject({ state: 'fail' })
})

test.each([
  { what: 'a token of one’s own', mode: 0o600, token: 'abc', state: 'ok' },
  { what: 'a token open to all', mode: 0o644, token: 'abc', state: 'warn' },
  { what: 'an empty token', mode: 0o600, token: '\n', state: 'fail' },
])('a gateway for SMS with $what: $state', async ({ mode, token, state }) => {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-sms-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const tokenFile = join(dir, 'token')
  await writeFile(tokenFile, token)
  await chmod(tokenFile, mode)
  let requests = 0
  const server = createServer(() => {
    requests += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const config = readConfig({
    SCEAU_SMS_URL: `http://127.0.0.1:${port}/`,
    SCEAU_SMS_TOKEN_FILE: tokenFile,
  })

  expect(await examineSms(config)).toMatchObject({ check: 'SMS', state })
  expect(requests).toBe(0)
})
