import { randomBytes, randomUUID } from 'node:crypto'
import type { SignDigest } from '../../hsm/algorithms.ts'
import { buildCertificate, type CertificateRequest, type Issuer } from '../pki/certificate.ts'
import { describeName, findAttribute } from '../pki/name.ts'
import { type AuthorityName, ownPolicy, sirenOf, validityOf } from './model.ts'

interface Deps {
  readonly signDigest: SignDigest
  readonly publicUrl: string
  readonly now: () => number
}

/** Makes certificates, without keeping them. */
export type Issuing = ReturnType<typeof makeIssuing>

export function makeIssuing({ signDigest, publicUrl, now }: Deps) {
  /** A certificate as it will be kept, but for whose key it is on and who issued it. */
  async function build(
    issuer: Issuer,
    wanted: Omit<CertificateRequest, 'serial' | 'notBefore' | 'notAfter'>,
  ) {
    const at = now()
    const { notBefore, notAfter } = validityOf(wanted.profile, at, issuer.notAfter)
    const request = { ...wanted, serial: randomBytes(20), notBefore, notAfter }
    const { der, serial } = await buildCertificate(request, issuer, signDigest)
    return {
      id: randomUUID(),
      profile: wanted.profile,
      serial,
      subject: describeName(wanted.subject),
      der: Buffer.from(der),
      not_before: notBefore,
      not_after: notAfter,
      state: 'active',
      revoked_at: null,
      revocation_reason: null,
      created_at: at,
    } as const
  }

  function publishedBy(ca: AuthorityName) {
    const base = `${publicUrl}/pki/${ca}`
    const ocspUrl = `${publicUrl}/pki/ocsp`
    return { certificateUrl: `${base}.cer`, crlUrl: `${base}.crl`, ocspUrl }
  }

  return { build, publishedBy }
}

/** The policy that certificates of this CA name. */
export function policyOf({ name }: Issuer): string {
  const identifier = findAttribute(name, 'organisationIdentifier')
  if (identifier === undefined) throw new RangeError('the issuing CA names no organisation')
  return ownPolicy(sirenOf(identifier))
}
