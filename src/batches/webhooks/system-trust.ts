import { readFileSync } from 'node:fs'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'

/** Where systems keep the authorities that their administrator trusts, first found first taken. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
]

/**
 * What this machine trusts: the system's authorities, or Node's own where it has none, and those of
 * the file that NODE_EXTRA_CA_CERTS names.
 */
export function systemTrust(extraFile: string | undefined): SecureContext {
  const system = BUNDLES.map(readIfThere).find((pem) => pem !== undefined)
  const extra = extraFile === undefined ? undefined : readIfThere(extraFile)
  const authorities = system === undefined ? rootCertificates : [system]
  return createSecureContext({ ca: [...authorities, ...(extra === undefined ? [] : [extra])] })
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
