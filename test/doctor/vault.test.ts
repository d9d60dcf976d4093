import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { examineVault } from '../../src/doctor/vault.ts'
import { sceau } from '../support/cli.ts'
import { startTestGuard } from '../support/guard.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

let hsm: SoftHsm
let dataDir: string
let env: Record<string, string>

beforeAll(async () => {
  hsm = await makeSoftHsm()
  dataDir = await mkdtemp(join(tmpdir(), 'sceau-doctor-'))
  env = {
    ...hsm.env,
    SCEAU_DATA_DIR: dataDir,
    SCEAU_PKCS11_MODULE: hsm.modulePath,
    SCEAU_PKCS11_PIN_FILE: hsm.pinFile,
    SCEAU_PKCS11_TOKENS: hsm.tokenLabel,
  }
  // The guard that doctor starts finds SoftHSM by its own environment.
  Object.assign(process.env, hsm.env)
})

afterAll(async () => {
  await hsm.remove()
  await rm(dataDir, { recursive: true, force: true })
})

test('a vault is told to be empty, to open, and to have lost its key', async () => {
  const config = readConfig(env)
  expect(await examineVault(config)).toMatchObject({ state: 'ok', detail: 'no secret is kept yet' })
  await sceau(['vault', 'rotate'], env)
  expect(await examineVault(config)).toMatchObject({
    state: 'ok',
    detail: 'the HSM opens every data key (2)',
  })
  const before = (await sceau(['vault', 'rewrap'], env)).trim()
  expect(await examineVault(config)).toMatchObject({ state: 'ok' })
  const { client, stop } = await startTestGuard(hsm)
  await client.destroyKey(before)
  await stop()
  expect(await examineVault(config)).toMatchObject({ state: 'ok' })

  const last = (await sceau(['vault', 'rewrap'], env)).trim()
  expect(last).not.toBe(before)
  const emptied = await makeSoftHsm()
  Object.assign(process.env, emptied.env)
  const elsewhere = readConfig({
    ...env,
    SCEAU_PKCS11_PIN_FILE: emptied.pinFile,
    SCEAU_PKCS11_TOKENS: emptied.tokenLabel,
  })
  expect(await examineVault(elsewhere)).toMatchObject({
    state: 'fail',
    mend: expect.stringContaining('Sceau vault'),
  })
  await emptied.remove()
})
