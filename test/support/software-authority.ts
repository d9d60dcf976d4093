import { randomBytes } from 'node:crypto'
import { DEFAULT_SIGNATURE_ALGORITHM, type KeyAlgorithm } from '../../hsm/algorithms.ts'
import type { MadeKey } from '../../src/authority/model.ts'
import {
  buildCertificate,
  type CertificateRequest,
  type Issuer,
} from '../../src/pki/certificate.ts'
import { encodeName, type NameParts } from '../../src/pki/name.ts'
import { makeSoftwareToken, type SoftwareToken } from './software-token.ts'

/** The moment it is made around. Unix ms. */
export const NOW = Date.UTC(2026, 10, 24, 12)
export const YEAR_MS = 365 * 86_400_000

const PUBLISHED = {
  certificateUrl: 'http://sceau.example/pki/issuing.cer',
  crlUrl: 'http://sceau.example/pki/issuing.crl',
}

/** A root and an issuing CA whose keys lie in memory, without a database. */
export interface SoftwareAuthority {
  readonly token: SoftwareToken
  readonly root: Uint8Array
  readonly rootIssuer: Issuer
  readonly issuing: Uint8Array
  readonly issuer: Issuer
  /** A certificate from the issuing CA; what is not said is as an honest CA would write it. */
  issue(
    wish: Pick<CertificateRequest, 'profile' | 'subject'> & Partial<CertificateRequest>,
  ): Promise<Uint8Array>
}

export async function makeSoftwareAuthority(
  algorithm: KeyAlgorithm = 'p-256',
): Promise<SoftwareAuthority> {
  const token = makeSoftwareToken()
  const rootKey = await token.generateKey({ algorithm, label: 'root' })
  const issuingKey = await token.generateKey({ algorithm, label: 'issuing' })
  const rootIssuer = toIssuer(rootKey, ROOT, NOW + 20 * YEAR_MS)
  const issuer = toIssuer(issuingKey, ISSUING, NOW + 10 * YEAR_MS)
  const root = await build('root-ca', ROOT, rootKey, rootIssuer)
  const issuing = await build('issuing-ca', ISSUING, issuingKey, rootIssuer)

  async function build(
    profile: CertificateRequest['profile'],
    subject: NameParts,
    { publicKey }: MadeKey,
    by: Issuer,
  ) {
    const years = profile === 'root-ca' ? 20 : 10
    const dates = { notBefore: NOW, notAfter: NOW + years * YEAR_MS }
    const request = { profile, subject, publicKey, serial: randomBytes(20), ...dates }
    const policies = profile === 'issuing-ca' && { policies: ['2.5.29.32.0'], published: PUBLISHED }
    return (await buildCertificate({ ...request, ...policies }, by, token.signDigest)).der
  }

  async function issue(
    wish: Pick<CertificateRequest, 'profile' | 'subject'> & Partial<CertificateRequest>,
  ) {
    const { publicKey } = await token.generateKey({ algorithm: 'p-256', label: 'holder' })
    const dates = { notBefore: NOW, notAfter: NOW + YEAR_MS }
    const request = { publicKey, serial: randomBytes(20), published: PUBLISHED, ...dates, ...wish }
    return (await buildCertificate(request, issuer, token.signDigest)).der
  }

  return { token, root, rootIssuer, issuing, issuer, issue }
}

const ROOT = { country: 'FR', organisation: 'Essais', commonName: 'Racine des essais' }
const ISSUING = { country: 'FR', organisation: 'Essais', commonName: 'Autorité des essais' }

function toIssuer(key: MadeKey, name: NameParts, notAfter: number): Issuer {
  return {
    name: encodeName(name),
    keyId: key.keyId,
    algorithm: DEFAULT_SIGNATURE_ALGORITHM[key.algorithm],
    publicKey: key.publicKey,
    notAfter,
  }
}
