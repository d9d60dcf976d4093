import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Appliance } from './appliance.ts'
import { getTlsIdentity, type TlsIdentity } from './authority/tls.ts'
import type { Config } from './config.ts'

/**
 * The configured certificate, or one of the internal CA for every name the server is called by.
 *
 * @throws AppError `invalid-request` when there is neither.
 */
export async function tlsIdentity(
  config: Config,
  { authority, now }: Pick<Appliance, 'authority' | 'now'>,
): Promise<TlsIdentity> {
  const configured = await configuredTls(config)
  if (configured !== undefined) return configured
  return getTlsIdentity(join(config.dataDir, 'tls'), hostsOf(config), { authority, now })
}

/** The certificate that the environment names, if it names one. */
export async function configuredTls({ tls }: Config): Promise<TlsIdentity | undefined> {
  if (tls === undefined) return undefined
  const { keyFile, certFile } = tls
  return { key: await readFile(keyFile, 'utf8'), cert: await readFile(certFile, 'utf8') }
}

/** Every name the server is called by, the public one first. */
export function hostsOf({ listen, publicUrl }: Config): string[] {
  const { host } = listen
  const isWildcard = host === '0.0.0.0' || host === '::'
  const names = [
    new URL(publicUrl).hostname.replace(/^\[|\]$/g, ''),
    ...(isWildcard ? [hostname()] : [host]),
    'localhost',
    '127.0.0.1',
  ]
  return [...new Set(names)]
}
