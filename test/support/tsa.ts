import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { listenLocally } from './local-port.ts'

const run = promisify(execFile)

/** A timestamp authority by OpenSSL, on a port of this machine. */
export interface TestTsa {
  readonly url: string
  /** What it does with an answer before it leaves; undefined for nothing. */
  tamper: ((answer: Buffer, query: Buffer) => Buffer | Promise<Buffer>) | undefined
  /** An answer to this query. */
  reply(query: Uint8Array): Promise<Buffer>
  close(): Promise<void>
}

const CONFIG = `
[req]
distinguished_name = dn
prompt = no
x509_extensions = v3
[dn]
CN = TSA
[v3]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = one
[one]
serial = DIR/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
`

/** Its certificate is new each time. */
export async function startTestTsa(): Promise<TestTsa> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-tsa-'))
  const file = (name: string) => join(dir, name)
  await writeFile(file('tsa.cnf'), CONFIG.replaceAll('DIR', dir))
  await writeFile(file('serial'), '01\n')
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-days', '2', '-config', file('tsa.cnf')],
    ...['-keyout', file('tsa.key'), '-out', file('tsa.crt')],
  ])
  let count = 0
  const reply = async (query: Uint8Array) => {
    count += 1
    const [asked, answered] = [file(`${count}.tsq`), file(`${count}.tsr`)]
    await writeFile(asked, query)
    await run('openssl', [
      ...['ts', '-reply', '-config', file('tsa.cnf'), '-queryfile', asked, '-out', answered],
      ...['-signer', file('tsa.crt'), '-inkey', file('tsa.key')],
    ])
    return readFile(answered)
  }
  const server = createServer(async (request, response) => {
    if (request.headers['content-type'] !== 'application/timestamp-query') {
      return response.writeHead(415).end()
    }
    const query = await buffer(request)
    const answer = await reply(query)
    const sent = (await tsa.tamper?.(answer, query)) ?? answer
    response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(sent)
  })
  const { url, close } = await listenLocally(server)
  const tsa: TestTsa = {
    url: `${url}tsr`,
    tamper: undefined,
    reply,
    async close() {
      await close()
      await rm(dir, { recursive: true, force: true })
    },
  }
  return tsa
}
