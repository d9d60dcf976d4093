import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { examineHsm } from '../../src/doctor/hsm.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

let hsm: SoftHsm
let twin: string
let dataDir: string

beforeAll(async () => {
  hsm = await makeSoftHsm()
  twin = await hsm.addTwin()
  dataDir = await mkdtemp(join(tmpdir(), 'sceau-doctor-'))
  // The guard that doctor starts finds SoftHSM by its own environment.
  Object.assign(process.env, hsm.env)
})

afterAll(async () => {
  await hsm.remove()
  await rm(dataDir, { recursive: true, force: true })
})

function examine(further: Record<string, string>) {
  return examineHsm(
    readConfig({
      SCEAU_DATA_DIR: dataDir,
      SCEAU_PKCS11_MODULE: hsm.modulePath,
      SCEAU_PKCS11_PIN_FILE: hsm.pinFile,
      SCEAU_PKCS11_TOKENS: hsm.tokenLabel,
      ...further,
    }),
  )
}

test('two tokens that are there are each found open', async () => {
  const findings = await examine({ SCEAU_PKCS11_TOKENS: `${hsm.tokenLabel},${twin}` })
  expect(findings).toMatchObject([
    { check: 'module', state: 'ok' },
    { check: 'token', state: 'ok', detail: expect.stringContaining(hsm.tokenLabel) },
    { check: 'token', state: 'ok', detail: expect.stringContaining(twin) },
    { check: 'PIN', state: 'ok' },
    { check: 'guard', state: 'ok', detail: expect.stringContaining(`${hsm.tokenLabel} is open`) },
    { check: 'guard', state: 'ok', detail: expect.stringContaining(`${twin} is open`) },
  ])
})

test('a key that only one of two tokens has is told', async () => {
  const keyId = await hsm.importKey([hsm.tokenLabel])
  const findings = await examine({ SCEAU_PKCS11_TOKENS: `${hsm.tokenLabel},${twin}` })
  await hsm.copyKey(keyId, twin)
  expect(findings.at(-1)).toMatchObject({
    check: 'keys',
    state: 'warn',
    detail: expect.stringMatching(new RegExp(`^${twin} lacks the key seal \\(${keyId}`)),
  })
})

test('a token that is missing is named, with those that are there', async () => {
  const findings = await examine({ SCEAU_PKCS11_TOKENS: `${hsm.tokenLabel},gone` })
  expect(findings.find(({ state }) => state === 'fail')).toMatchObject({
    check: 'token',
    detail: expect.stringMatching(new RegExp(`0 tokens match gone.*${hsm.tokenLabel}`)),
  })
})

test('a token that refuses the PIN is named, beside one that is open', async () => {
  const other = await hsm.addTwin({ pin: 'quite another' })
  const findings = await examine({ SCEAU_PKCS11_TOKENS: `${hsm.tokenLabel},${other}` })
  expect(findings.slice(-2)).toMatchObject([
    { check: 'guard', state: 'ok' },
    {
      check: 'PIN',
      state: 'fail',
      detail: expect.stringMatching(new RegExp(`^${other}: .*refuses the PIN`)),
    },
  ])
})

test('a module that is not there is said to be, and no guard is started for it', async () => {
  const findings = await examine({ SCEAU_PKCS11_MODULE: '/no/such/module.so' })
  expect(findings).toMatchObject([{ check: 'module', state: 'fail' }])
})
