import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { listEntries } from '../../src/journal/store.ts'
import { sceau } from '../support/cli.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

let hsm: SoftHsm
let env: Record<string, string>

beforeAll(async () => {
  hsm = await makeSoftHsm()
  env = {
    ...hsm.env,
    SCEAU_DATA_DIR: join(hsm.dir, 'data'),
    SCEAU_PKCS11_MODULE: hsm.modulePath,
    SCEAU_PKCS11_TOKENS: hsm.tokenLabel,
    SCEAU_PKCS11_PIN_FILE: hsm.pinFile,
  }
})
afterAll(() => hsm.remove())

test('an operator rotates the data key, wraps all anew and destroys the key before', async () => {
  expect(await sceau(['vault', 'rotate'], env)).toBe('')
  const rewrapped = JSON.parse(await sceau(['vault', 'rewrap', '--destroy-old', '--json'], env))
  await sceau(['vault', 'rotate'], env)

  const db = await openDatabase(`sqlite:${join(hsm.dir, 'data', 'sceau.db')}`)
  const entries = await listEntries(db, 0, 100)
  const states = await db.selectFrom('vault_data_key').select('state').orderBy('id').execute()
  await db.destroy()
  expect(entries.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
    'system key.generated',
    'system vault.data-key-made',
    'operator vault.data-key-made',
    'operator key.generated',
    'operator key.destroyed',
    'operator vault.data-key-made',
  ])
  expect(rewrapped).toEqual({ before: entries[0]?.subject, isDestroyed: true })
  expect(JSON.parse(entries[4]?.detailJson ?? '').tokens).toContain('secret-key')
  expect(states.map(({ state }) => state)).toEqual(['retired', 'retired', 'active'])
})
