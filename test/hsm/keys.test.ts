import { createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KEY_MECHANISMS, keyTemplates } from '../../hsm/mechanisms.ts'
import { handle, Pkcs11Module, selectToken } from '../../hsm/module.ts'
import { startTestGuard, type TestGuard } from '../support/guard.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

let hsm: SoftHsm
let guard: TestGuard
const AMBIGUOUS = 'aabb'
const UNBOUND = 'ccdd'

beforeAll(async () => {
  hsm = await makeSoftHsm()
  makeKeysOfOthers(hsm)
  guard = await startTestGuard(hsm)
})

afterAll(async () => {
  await guard.stop()
  await hsm.remove()
})

/** Keys as another application leaves them: two with one id, and one that may do anything. */
function makeKeysOfOthers({ modulePath, env, tokenLabel, pin }: SoftHsm): void {
  Object.assign(process.env, env)
  const module = new Pkcs11Module(modulePath)
  module.initialize()
  const { slot } = selectToken(module.listTokens(), tokenLabel)
  const { library } = module
  const session = library.C_OpenSession(handle(slot), 6)
  library.C_Login(session, 1, pin)
  const mechanism = { mechanism: KEY_MECHANISMS['p-256'].generation }
  for (const id of [AMBIGUOUS, AMBIGUOUS, UNBOUND]) {
    const name = { id: Buffer.from(id, 'hex'), label: `other ${id}` }
    const { publicKey, privateKey } = keyTemplates('p-256', name)
    const isDenial = ({ value }: { value?: unknown }) => value === false
    const template = id === UNBOUND ? privateKey.filter((row) => !isDenial(row)) : privateKey
    library.C_GenerateKeyPair(session, mechanism, publicKey, template)
  }
  module.finalize()
}

test.each([
  ['rsa-2048', { asymmetricKeyType: 'rsa', modulusLength: 2048 }],
  ['p-256', { asymmetricKeyType: 'ec', namedCurve: 'prime256v1' }],
  ['p-384', { asymmetricKeyType: 'ec', namedCurve: 'secp384r1' }],
] as const)(
  'a new key %s is born in the token and does nothing but sign',
  async (algorithm, is) => {
    const label = `sceau ${algorithm} é`
    const key = await guard.client.generateKey({ algorithm, label })
    expect(key).toMatchObject({ algorithm, label })
    expect(key.birth).toEqual({
      local: true,
      neverExtractable: true,
      alwaysSensitive: true,
      sensitive: true,
      extractable: false,
      token: true,
      private: true,
      usages: ['sign'],
    })
    const publicKey = createPublicKey({
      key: Buffer.from(key.publicKey),
      format: 'der',
      type: 'spki',
    })
    const { asymmetricKeyType, asymmetricKeyDetails } = publicKey
    expect({ asymmetricKeyType, ...asymmetricKeyDetails }).toMatchObject(is)
  },
)

test('a key is found again as it was made, and listed', async () => {
  const made = await guard.client.generateKey({ algorithm: 'p-256', label: 'found again' })
  expect(await guard.client.findKey(made.keyId)).toEqual(made)
  const listed = await guard.client.listKeys()
  expect(listed.filter(({ keyId }) => keyId === made.keyId)).toEqual([made])
})

test('a key that is not there is not found', async () => {
  expect(await guard.client.findKey('00112233')).toBeUndefined()
})

test('an id that two private keys share is refused, and left out of the list', async () => {
  const digest = new Uint8Array(32)
  const signed = guard.client.signDigest({
    keyId: AMBIGUOUS,
    algorithm: 'ecdsa-p256-sha256',
    digest,
  })
  await expect(signed).rejects.toMatchObject({ code: 'key-ambiguous' })
  await expect(guard.client.findKey(AMBIGUOUS)).rejects.toMatchObject({ code: 'key-ambiguous' })
  const listed = await guard.client.listKeys()
  expect(listed.map(({ keyId }) => keyId)).not.toContain(AMBIGUOUS)
})

test('the birth record shows what a key of another application may do', async () => {
  const key = await guard.client.findKey(UNBOUND)
  expect(key?.birth.usages).toContain('decrypt')
  expect(key?.birth.extractable).toBe(false)
})

test('keys made at the same moment have ids of their own', async () => {
  const request = { algorithm: 'p-256', label: 'one of many' } as const
  const made = await Promise.all(Array.from({ length: 6 }, () => guard.client.generateKey(request)))
  expect(new Set(made.map(({ keyId }) => keyId)).size).toBe(6)
})
