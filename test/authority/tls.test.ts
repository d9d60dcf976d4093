import { createPublicKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Authority, makeAuthority } from '../../src/authority/service.ts'
import { getTlsIdentity } from '../../src/authority/tls.ts'
import { openDatabase } from '../../src/db/database.ts'
import { AppError } from '../../src/errors.ts'
import { makeSoftwareToken } from '../support/software-token.ts'
import { toPem } from '../support/test-pki.ts'

const HOSTS = ['sceau.example', 'localhost', '127.0.0.1']
const DAY_MS = 86_400_000

let dir: string
let authority: Authority
let now: number
let isHsmAway: boolean

beforeEach(async () => {
  isHsmAway = false
  now = Date.now()
  const parent = await mkdtemp(join(tmpdir(), 'sceau-tls-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  dir = join(parent, 'tls')
  authority = await makeOwnAuthority()
})

async function makeOwnAuthority(): Promise<Authority> {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const token = makeSoftwareToken()
  const signDigest: typeof token.signDigest = async (request) => {
    if (isHsmAway) throw new AppError('hsm-unavailable', 'away')
    return token.signDigest(request)
  }
  const deps = { db, keys: token, signDigest, publicUrl: 'https://sceau.example', now: () => now }
  const made = makeAuthority(deps)
  await made.create({ name: 'Conseil', siren: '123456782' }, 'p-256')
  return made
}

function identity(hosts: readonly string[] = HOSTS) {
  return getTlsIdentity(dir, hosts, { authority, now: () => now })
}

describe('the TLS identity', () => {
  test('serves a connection that trusts the root alone', async () => {
    const { key, cert } = await identity()
    const server = createServer({ key, cert }, (socket) => socket.end('hello')).listen(
      0,
      '127.0.0.1',
    )
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const ca = toPem((await authority.findCertificate('root')) ?? new Uint8Array())

    const socket = connect({ port: address.port, host: '127.0.0.1', ca, servername: HOSTS[0] })
    const [greeting] = await once(socket, 'data')

    expect(String(greeting)).toBe('hello')
  })

  test('lies in files that only the server’s user may read', async () => {
    const { key, cert } = await identity()

    expect((await stat(dir)).mode & 0o777).toBe(0o700)
    for (const [file, text] of [
      ['tls.key', key],
      ['tls.crt', cert],
    ] as const) {
      expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600)
      expect(await readFile(join(dir, file), 'utf8')).toBe(text)
    }
  })

  test('stays the same while it is good', async () => {
    const first = await identity()
    now += 300 * DAY_MS

    expect(await identity(['localhost'])).toEqual(first)
  })

  test.each([
    {
      when: 'it nears its end',
      change: async () => {
        now += 336 * DAY_MS
      },
    },
    {
      when: 'a file is empty after a power cut',
      change: () => writeFile(join(dir, 'tls.crt'), ''),
    },
    { when: 'a file holds nonsense', change: () => writeFile(join(dir, 'tls.key'), 'nonsense') },
    { when: 'a file is gone', change: () => rm(join(dir, 'tls.key')) },
    {
      when: 'key and certificate do not match',
      change: async () => {
        const before = await readFile(join(dir, 'tls.key'))
        await rm(join(dir, 'tls.crt'))
        await identity()
        await writeFile(join(dir, 'tls.key'), before)
      },
    },
    {
      when: 'another authority has taken over',
      change: async () => {
        authority = await makeOwnAuthority()
      },
    },
  ])('is made anew when $when', async ({ change }) => {
    const first = await identity()
    await change()

    const renewed = await identity()

    expect(renewed.cert).not.toBe(first.cert)
    expect(renewed.key).not.toBe(first.key)
    const certificate = new X509Certificate(renewed.cert)
    expect(certificate.publicKey.equals(createPublicKey(renewed.key))).toBe(true)
  })

  test('that nears its end serves on while the HSM is away', async () => {
    const first = await identity()
    now += 336 * DAY_MS
    isHsmAway = true

    expect(await identity()).toEqual(first)
    isHsmAway = false
    expect(await identity()).not.toEqual(first)
  })

  test('cannot be had while the HSM is away and none is there', async () => {
    isHsmAway = true

    await expect(identity()).rejects.toMatchObject({ code: 'hsm-unavailable' })
  })

  test('is made anew for a host that it does not name', async () => {
    const first = await identity()

    const { cert } = await identity([...HOSTS, 'other.example'])

    expect(cert).not.toBe(first.cert)
    expect(new X509Certificate(cert).checkHost('other.example')).toBe('other.example')
  })
})
