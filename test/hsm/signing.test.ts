import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../../hsm/algorithms.ts'
import type { GuardKey } from '../../hsm/protocol.ts'
import { digestOf, isRight, startTestGuard, type TestGuard } from '../support/guard.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const run = promisify(execFile)
const message = Buffer.from('Délibération du conseil, article 3')
let hsm: SoftHsm
let guard: TestGuard
const keys = new Map<KeyAlgorithm, GuardKey>()

beforeAll(async () => {
  hsm = await makeSoftHsm()
  guard = await startTestGuard(hsm)
  // At the same time, as the token finds RSA primes by chance.
  const made = KEY_ALGORITHMS.map((algorithm) =>
    guard.client.generateKey({ algorithm, label: `key ${algorithm}` }),
  )
  for (const key of await Promise.all(made)) keys.set(key.algorithm, key)
})

afterAll(async () => {
  await guard.stop()
  await hsm.remove()
})

function keyOf(algorithm: KeyAlgorithm): GuardKey {
  const key = keys.get(algorithm)
  if (key === undefined) throw new Error(`No key ${algorithm} was made`)
  return key
}

const CASES = Object.entries(SIGNATURE_ALGORITHMS).flatMap(([name, row]) =>
  row.keys.map((key): [KeyAlgorithm, SignatureAlgorithm] => [key, name as SignatureAlgorithm]),
)

test.each(CASES)('a key %s signs %s, and node:crypto agrees', async (keyAlgorithm, algorithm) => {
  const key = keyOf(keyAlgorithm)
  const digest = digestOf(algorithm, message)
  const signature = await guard.client.signDigest({ keyId: key.keyId, algorithm, digest })
  expect(isRight(key, { algorithm, message }, signature)).toBe(true)
  expect(isRight(key, { algorithm, message: Buffer.from('else') }, signature)).toBe(false)
})

test.each([
  ['p-384', 'ecdsa-p384-sha384', ['-sha384']],
  ['rsa-2048', 'rsa-pkcs1-sha512', ['-sha512']],
  [
    'rsa-3072',
    'rsa-pss-sha256',
    ['-sha256', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32'],
  ],
] as const)('OpenSSL verifies a signature of %s, %s', async (keyAlgorithm, algorithm, options) => {
  const key = keyOf(keyAlgorithm)
  const digest = digestOf(algorithm, message)
  const signature = await guard.client.signDigest({ keyId: key.keyId, algorithm, digest })
  const file = (name: string) => join(hsm.dir, `${algorithm}.${name}`)
  await writeFile(file('key'), key.publicKey)
  await writeFile(file('sig'), signature)
  await writeFile(file('msg'), message)
  const verified = await run('openssl', [
    ...['dgst', ...options, '-verify', file('key'), '-keyform', 'DER'],
    ...['-signature', file('sig'), file('msg')],
  ])
  expect(verified.stdout).toContain('Verified OK')
})

test('a message of many digests gives as many signatures, each in its place', async () => {
  const key = keyOf('p-256')
  const algorithm = 'ecdsa-p256-sha256'
  const messages = Array.from({ length: 500 }, (_, i) => Buffer.from(`document ${i}`))
  const digests = messages.map((each) => digestOf(algorithm, each))
  const signatures = await guard.client.signDigests({ keyId: key.keyId, algorithm, digests })
  const wrong = messages.filter(
    (each, i) => !isRight(key, { algorithm, message: each }, signatures[i] ?? Buffer.alloc(0)),
  )
  expect(signatures).toHaveLength(500)
  expect(wrong).toEqual([])
})

test('a batch lets single signatures pass', async () => {
  const { keyId } = keyOf('p-256')
  const algorithm = 'ecdsa-p256-sha256'
  const digest = digestOf(algorithm, message)
  const digests = Array.from({ length: 5_000 }, () => digest)
  const ended: string[] = []
  const batch = guard.client
    .signDigests({ keyId, algorithm, digests, priority: 'batch' })
    .then(() => ended.push('batch'))
  for (let i = 0; i < 5; i++) {
    await guard.client.signDigest({ keyId, algorithm, digest })
    ended.push('single')
  }
  await batch
  expect(ended).toEqual([...Array.from({ length: 5 }, () => 'single'), 'batch'])
})

test('no digests give no signatures', async () => {
  const { keyId } = keyOf('p-256')
  const request = { keyId, algorithm: 'ecdsa-p256-sha256', digests: [] } as const
  expect(await guard.client.signDigests(request)).toEqual([])
})

test.each([
  ['rsa-2048', 'ecdsa-p256-sha256', 'invalid-request'],
  ['p-256', 'rsa-pkcs1-sha256', 'invalid-request'],
] as const)('a key %s does not sign %s', async (keyAlgorithm, algorithm, code) => {
  const { keyId } = keyOf(keyAlgorithm)
  const digest = digestOf(algorithm, message)
  await expect(guard.client.signDigest({ keyId, algorithm, digest })).rejects.toMatchObject({
    code,
  })
})

test('a key that is not in the token signs nothing', async () => {
  const algorithm = 'ecdsa-p256-sha256'
  const digest = digestOf(algorithm, message)
  const signed = guard.client.signDigest({ keyId: 'c0ffee', algorithm, digest })
  await expect(signed).rejects.toMatchObject({ code: 'key-not-found' })
})

test('a digest of the wrong length fails alone, before it is sent', async () => {
  const { keyId } = keyOf('p-256')
  const algorithm = 'ecdsa-p256-sha256'
  const [good, bad] = await Promise.allSettled([
    guard.client.signDigest({ keyId, algorithm, digest: digestOf(algorithm, message) }),
    guard.client.signDigest({ keyId, algorithm, digest: Buffer.alloc(20) }),
  ])
  expect(good.status).toBe('fulfilled')
  expect(bad).toMatchObject({ reason: expect.any(RangeError) })
})

test('every session counts what it signed, and the token was logged into once', async () => {
  const { state, counters, sessions, token } = await guard.client.status()
  expect(state).toBe('open')
  expect(counters.logins).toBe(1)
  expect(counters.signatures).toBeGreaterThan(500)
  expect(sessions.open).toBeLessThanOrEqual(sessions.wanted)
  expect(token?.label).toBe(hsm.tokenLabel)
})
