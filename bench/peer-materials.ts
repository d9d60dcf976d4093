import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { readSubject } from '../src/cms/certificate-parts.ts'
import type { BenchKey } from './founding.ts'
import { buildNative } from './native.ts'
import type { Bench } from './row.ts'

const run = promisify(execFile)
const PKCS11JS = fileURLToPath(new URL('../../node_modules/pkcs11js', import.meta.url))
/** Of a throw-away software key. */
const P12_PASSWORD = 'bench'

/**
 * Put down what the peers sign and with what: the document, certificates (in the token too, where
 * SunPKCS11 looks for them), ids of the keys, and a software key for those without PKCS#11.
 *
 * @returns The environment by which they find it.
 */
export async function layPeerMaterials(
  bench: Bench,
  algorithms: readonly KeyAlgorithm[],
): Promise<Record<string, string>> {
  const { token, keys, issuer } = await bench.appliance()
  const dir = join(bench.dir, 'peers')
  await mkdir(dir)
  await writeFile(join(dir, 'document.pdf'), bench.document)
  await writeFile(join(dir, 'issuer.der'), issuer)
  const put = buildNative('put-certificate', bench.dir)
  for (const algorithm of algorithms) {
    const key = keys.get(algorithm)
    if (key === undefined) throw new RangeError(`there is no key for ${algorithm}`)
    const files = await layKey(dir, algorithm, key)
    const target = [token.module, token.label, token.pin, key.id, algorithm]
    await run(put, [...target, files.subject, files.certificate])
  }
  await makeSoftwareKey(dir)
  return {
    PEER_DIR: dir,
    PEER_MODULE: token.module,
    PEER_TOKEN: token.label,
    PEER_PIN_FILE: token.pinFile,
    PEER_THREADS: '2',
    PEER_PKCS11JS: PKCS11JS,
  }
}

async function layKey(dir: string, algorithm: string, { id, certificate }: BenchKey) {
  const files = {
    certificate: join(dir, `${algorithm}.der`),
    subject: join(dir, `${algorithm}.subject`),
  }
  await writeFile(join(dir, `${algorithm}.id`), id)
  await writeFile(files.certificate, certificate)
  await writeFile(files.subject, readSubject(certificate))
  return files
}

async function makeSoftwareKey(dir: string): Promise<void> {
  const key = join(dir, 'software.key')
  const certificate = join(dir, 'software.crt')
  const subject = ['-subj', '/CN=Mesures', '-days', '30']
  const pair = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate]
  await run('openssl', ['req', '-x509', ...pair, ...subject])
  const out = ['-out', join(dir, 'rsa-2048.p12'), '-passout', `pass:${P12_PASSWORD}`]
  await run('openssl', ['pkcs12', '-export', '-in', certificate, '-inkey', key, ...out])
}
