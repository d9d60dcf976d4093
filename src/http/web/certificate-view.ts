import { createHash, X509Certificate } from 'node:crypto'
import type { Context } from 'hono'
import type { CertificateLine, Done, ShownCertificate } from '../../../views/certificates/model.ts'
import type { Published } from '../../authority/administration.ts'
import type { CertificateSheet, CertificateSummary } from '../../authority/catalogue.ts'
import { reasonName } from '../../authority/life.ts'
import { toPem } from '../../authority/tls.ts'
import { parseCertificate } from '../../pki/x509.ts'

/** A certificate as a line of a list. */
export function toLine(certificate: CertificateSummary): CertificateLine {
  const { id, profile, holder, serial, state, notAfter, reason, dependants } = certificate
  const named = reason === null ? undefined : reasonName(reason)
  return { id, profile, holder, serial, state, notAfter, reason: named, dependants }
}

const USAGES = [
  [0, 'signature'],
  [1, 'nonRepudiation'],
  [5, 'certificates'],
  [6, 'lists'],
] as const

/** A certificate as a page of its own, with what its octets say. */
export function toShown(certificate: CertificateSheet): ShownCertificate {
  const { der, chain, subject, notBefore, revokedAt, heldUntil } = certificate
  const { keyAlgorithm, keyId, isExternal, supersededBy } = certificate
  const x509 = new X509Certificate(der)
  const { keyUsage } = parseCertificate(new Uint8Array(der))
  return {
    ...toLine(certificate),
    ...{ subject, notBefore, heldUntil, keyAlgorithm, keyId, isExternal, supersededBy },
    issuer: inOneLine(x509.issuer),
    withdrawnAt: revokedAt,
    usages: USAGES.filter(([bit]) => keyUsage?.has(bit)).map(([, usage]) => usage),
    fingerprint: fingerprintOf(der),
    ocspUrl: /OCSP - URI:(\S+)/.exec(x509.infoAccess ?? '')?.[1],
    chain: chain.map((above) => ({
      subject: inOneLine(new X509Certificate(above).subject),
      fingerprint: fingerprintOf(above),
    })),
  }
}

/** Node writes one attribute on each line, the least particular first. */
function inOneLine(name: string): string {
  return name.split('\n').reverse().join(', ')
}

function fingerprintOf(der: Uint8Array): string {
  const hex = createHash('sha256').update(der).digest('hex').toUpperCase()
  return hex.match(/../g)?.join(':') ?? hex
}

/** A certificate, or it and what stands above it, as a file. */
export function pemAnswer(
  c: Pick<Context, 'body'>,
  what: 'certificate' | 'chain',
  { der, chain, serial }: CertificateSheet,
) {
  const all = what === 'chain' ? [der, ...chain] : [der]
  return c.body(all.map(toPem).join(''), 200, {
    'content-type': 'application/x-pem-file',
    'content-disposition': `attachment; filename="${serial}-${what}.pem"`,
  })
}

/** The address of a page that tells of an act that was just done. */
export function toldAt(page: string, act: Done['act'], published: Published): string {
  return `${page}?done=${act}${published === 'pending' ? '&pending=1' : ''}`
}

/** What such an address says. */
export function doneOf(c: Pick<Context, 'req'>): Done | undefined {
  const said = c.req.query('done')
  const act = (['suspend', 'resume', 'revoke', 'renew'] as const).find((name) => name === said)
  return act && { act, isPending: c.req.query('pending') === '1' }
}
