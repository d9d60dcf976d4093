import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts'

const RENEWED_BEFORE_MS = 30 * 24 * 3_600_000

/** The certificate that browsers and programs see. */
export async function examineTls(
  { tls, dataDir, publicUrl }: Config,
  now: number,
): Promise<Finding> {
  const check = 'TLS certificate'
  const file = tls?.certFile ?? join(dataDir, 'tls', 'tls.crt')
  try {
    const certificate = new X509Certificate(await readFile(file))
    const { hostname } = new URL(publicUrl)
    const detail = `until ${new Date(certificate.validTo).toISOString()}`
    if (Date.parse(certificate.validTo) < now + (tls === undefined ? 0 : RENEWED_BEFORE_MS)) {
      return fail(check, detail, 'Renew it.')
    }
    const isNamed = certificate.checkHost(hostname) ?? certificate.checkIP(hostname)
    if (isNamed === undefined && tls !== undefined) {
      return warn(check, `does not name ${hostname}`, 'Browsers will warn: name it.')
    }
    return ok(check, detail)
  } catch (error) {
    if (tls === undefined) return ok(check, 'the internal authority makes one at the first start')
    return fail(check, reasonOf(error), 'SCEAU_TLS_CERT must be a certificate in PEM.')
  }
}
