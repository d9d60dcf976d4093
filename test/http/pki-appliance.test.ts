import { expect, onTestFinished, test } from 'vitest'
import { sceau } from '../support/cli.ts'
import { openssl } from '../support/openssl.ts'
import { startTestServer } from '../support/server.ts'
import { toPem } from '../support/test-pki.ts'

test('a running appliance says good, and revoked to the very next request once another process revoked', async () => {
  const server = await startTestServer()
  onTestFinished(() => server.remove())
  const sealed = JSON.parse(await sceau(['seals', 'list', '--json'], server.env))
  const [{ id, serial }] = sealed
  const [root, issuing] = await Promise.all(
    ['root', 'issuing'].map(async (ca) => toPem((await server.ask(`/pki/${ca}.cer`)).body)),
  )
  const files = { 'root.pem': root ?? '', 'issuing.pem': issuing ?? '' }
  const say = async (asked: string) => {
    const trust = ['-CAfile', 'root.pem', '-verify_other', 'issuing.pem', '-issuer', 'issuing.pem']
    return openssl(['ocsp', '-url', `${server.url}/pki/ocsp`, ...trust, '-serial', asked], files)
  }

  expect(await say(`0x${serial}`)).toMatch(/: good[\s\S]*Response verify OK/)
  expect(await say('0x1234')).toMatch(/: unknown[\s\S]*Response verify OK/)
  await sceau(['seals', 'revoke', id, '--reason', 'key-compromise'], server.env)
  expect(await say(`0x${serial}`)).toMatch(/: revoked[\s\S]*keyCompromise/)
  const crl = toPem((await server.ask('/pki/issuing.crl')).body, 'X509 CRL')
  const listed = openssl(['crl', '-noout', '-text', '-in', 'a.crl'], { 'a.crl': crl })
  expect((await listed).toLowerCase()).toContain(serial)
}, 240_000)
