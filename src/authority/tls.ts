import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import type { Authority } from './service.ts'

/** What the HTTPS server shows: PEM. */
export interface TlsIdentity {
  readonly key: string
  /** The server's certificate, then the issuing CA's. */
  readonly cert: string
}

const RENEWED_BEFORE_MS = 30 * 24 * 3_600_000

/**
 * The server's own TLS key and certificate, issued by the internal CA and kept in the data folder.
 * The key is a software key: it protects the transport, and a browser connection cannot wait for
 * the HSM. It is made anew when the certificate nears its end or the hosts change; as long as the HSM
 * is away, the one that is there serves on.
 */
export async function getTlsIdentity(
  dir: string,
  hosts: readonly string[],
  { authority, now }: { authority: Authority; now: () => number },
): Promise<TlsIdentity> {
  const issuing = await authority.findCertificate('issuing')
  const kept = await readIdentity(dir)
  if (kept !== undefined && isGood(kept, { hosts, issuing, now: now() })) return kept
  try {
    return await makeIdentity(dir, hosts, { authority, issuing })
  } catch (error) {
    const isAway = error instanceof AppError && error.code === 'hsm-unavailable'
    if (isAway && kept !== undefined && isPair(kept)) return kept
    throw error
  }
}

async function makeIdentity(
  dir: string,
  hosts: readonly string[],
  { authority, issuing }: { authority: Authority; issuing: Uint8Array | undefined },
): Promise<TlsIdentity> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const [commonName = 'localhost'] = hosts
  const issued = await authority.issue({
    profile: 'tls',
    subject: { country: 'FR', commonName },
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    hosts,
  })
  const identity = {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: [issued.der, ...(issuing === undefined ? [] : [issuing])].map(toPem).join(''),
  }
  await keepIdentity(dir, identity)
  return identity
}

async function readIdentity(dir: string): Promise<TlsIdentity | undefined> {
  try {
    return {
      key: await readFile(join(dir, 'tls.key'), 'utf8'),
      cert: await readFile(join(dir, 'tls.crt'), 'utf8'),
    }
  } catch {
    return undefined
  }
}

/** Whether a port can be opened with it at all. */
function isPair({ key, cert }: TlsIdentity): boolean {
  try {
    return new X509Certificate(cert).publicKey.equals(createPublicKey(key))
  } catch {
    return false
  }
}

/** Whether it is whole, for these hosts, from the CA that issues now, and not near its end. */
function isGood(
  { key, cert }: TlsIdentity,
  expected: { hosts: readonly string[]; issuing: Uint8Array | undefined; now: number },
): boolean {
  try {
    const certificate = new X509Certificate(cert)
    return (
      expected.issuing !== undefined &&
      certificate.verify(new X509Certificate(expected.issuing).publicKey) &&
      certificate.publicKey.equals(createPublicKey(key)) &&
      expected.hosts.every((host) => certificate.checkHost(host) ?? certificate.checkIP(host)) &&
      Date.parse(certificate.validTo) - expected.now > RENEWED_BEFORE_MS
    )
  } catch {
    // A power cut may leave a file empty.
    return false
  }
}

/** The certificate last: a crash in between leaves a pair that does not match, and is made anew. */
async function keepIdentity(dir: string, { key, cert }: TlsIdentity): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const [file, text] of [
    ['tls.key', key],
    ['tls.crt', cert],
  ] as const) {
    await writeFile(join(dir, `${file}.partial`), text, { mode: 0o600 })
    await rename(join(dir, `${file}.partial`), join(dir, file))
  }
}

/** DER as a PEM certificate (RFC 7468 §5). */
export function toPem(der: Uint8Array): string {
  const base64 = Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`
}
