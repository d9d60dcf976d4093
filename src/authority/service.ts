import { randomBytes, randomUUID } from 'node:crypto'
import {
  DEFAULT_SIGNATURE_ALGORITHM,
  type KeyAlgorithm,
  type SignDigest,
} from '../../hsm/algorithms.ts'
import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { buildCertificate, type CertificateRequest, type Issuer } from '../pki/certificate.ts'
import { describeName, encodeName, findAttribute, type NameParts } from '../pki/name.ts'
import { makeCrlPublisher } from './crl-publisher.ts'
import { getAuthority, toIssuer } from './issuer.ts'
import {
  ANY_POLICY,
  type AuthorityName,
  authorityName,
  type KeyMaker,
  type MadeKey,
  type Organisation,
  ownPolicy,
  sirenOf,
  validityOf,
} from './model.ts'
import { registerCertificate, registerKey } from './register.ts'
import { findAuthority, findNewestCrl, markRevoked } from './store.ts'

export interface AuthorityDeps {
  readonly db: Db
  readonly keys: KeyMaker
  readonly signDigest: SignDigest
  /** Where certificates and CRLs are fetched from: the appliance's public URL. */
  readonly publicUrl: string
  readonly now: () => number
}

export interface IssuedCertificate {
  readonly id: string
  readonly der: Uint8Array
  readonly serial: string
  readonly subject: string
  readonly notAfter: number
}

export type Authority = ReturnType<typeof makeAuthority>

/** The internal certification authority: ceremony, issuing, revocation, what it publishes. */
export function makeAuthority(deps: AuthorityDeps) {
  const { db, keys, now, signDigest } = deps
  const { publish, publishWhatIsDue } = makeCrlPublisher(deps)

  /**
   * The ceremony: make root and issuing keys in the token, their certificates and first CRLs.
   * Where it is cut short it can be done again; keys that got no certificate are never used.
   *
   * @throws AppError `invalid-request` when there is an authority already.
   */
  async function create(
    organisation: Organisation,
    algorithm: KeyAlgorithm = 'rsa-4096',
  ): Promise<void> {
    if ((await findAuthority(db, 'root')) !== undefined) throw alreadyThere()
    const rootKey = await keys.generateKey({ algorithm, label: 'Sceau root CA' })
    const issuingKey = await keys.generateKey({ algorithm, label: 'Sceau issuing CA' })
    const rootName = authorityName('root', organisation)
    const self = issuerOf(rootKey, rootName, Number.MAX_SAFE_INTEGER)
    const root = await build(self, {
      profile: 'root-ca',
      subject: rootName,
      publicKey: rootKey.publicKey,
    })
    const issuing = await build(issuerOf(rootKey, rootName, root.not_after), {
      profile: 'issuing-ca',
      subject: authorityName('issuing', organisation),
      publicKey: issuingKey.publicKey,
      policies: [ANY_POLICY],
      published: publishedBy('root'),
    })
    const at = now()
    await db.transaction().execute(async (tx) => {
      await registerKey(tx, rootKey, { purpose: 'root-ca', at })
      // Asked again behind the journal's lock: of two ceremonies at once only one may stand.
      if ((await findAuthority(tx, 'root')) !== undefined) throw alreadyThere()
      await registerKey(tx, issuingKey, { purpose: 'issuing-ca', at })
      await registerCertificate(tx, { ...root, issuer_id: null, key_id: rootKey.keyId })
      await registerCertificate(tx, { ...issuing, issuer_id: root.id, key_id: issuingKey.keyId })
    })
    await publish('root')
    await publish('issuing')
  }

  /**
   * Issue a certificate from the issuing CA, and a CRL that is not older than it.
   *
   * @param key - Recorded with it when it is in the token.
   */
  async function issue(request: {
    readonly profile: 'seal' | 'person' | 'tls'
    readonly subject: NameParts
    readonly publicKey: Uint8Array
    readonly key?: MadeKey
    readonly hosts?: readonly string[]
  }): Promise<IssuedCertificate> {
    const { key, ...wanted } = request
    const authority = await getAuthority(db, 'issuing')
    const issuer = toIssuer(authority)
    const certificate = await build(issuer, {
      ...wanted,
      ...(request.profile !== 'tls' && { policies: [policyOf(issuer)] }),
      published: publishedBy('issuing'),
    })
    const purpose = request.profile === 'person' ? 'person' : 'seal'
    await db.transaction().execute(async (tx) => {
      if (key !== undefined) await registerKey(tx, key, { purpose, at: certificate.created_at })
      const issued = { issuer_id: authority.id, key_id: key?.keyId ?? null }
      await registerCertificate(tx, { ...certificate, ...issued })
    })
    if (request.profile !== 'tls') await publishWhatIsDue()
    const { id, der, serial, subject, not_after: notAfter } = certificate
    return { id, der, serial, subject, notAfter }
  }

  /**
   * Revoke a certificate and publish the CRL that says so. When the HSM cannot sign that CRL the
   * revocation stands all the same, and `publishWhatIsDue` makes up for it.
   *
   * @param reason - CRLReason (RFC 5280 §5.3.1).
   * @throws AppError `not-found` when there is no such certificate, or it is revoked already.
   */
  async function revoke(id: string, reason: number, actor: string): Promise<void> {
    const at = Math.floor(now() / 1000) * 1000
    const { profile } = await db.transaction().execute(async (tx) => {
      const revoked = await markRevoked(tx, id, { at, reason })
      if (revoked === undefined) {
        throw new AppError('not-found', 'There is no certificate of this id that could be revoked.')
      }
      const detail = { serial: revoked.serial, reason }
      await appendEntries(tx, [{ at, actor, action: 'certificate.revoked', subject: id, detail }])
      return revoked
    })
    await publish(profile === 'issuing-ca' ? 'root' : 'issuing')
  }

  /** DER of a CA's certificate, by its name under `/pki/`. */
  async function findCertificate(ca: string): Promise<Uint8Array | undefined> {
    return isAuthorityName(ca) ? (await findAuthority(db, ca))?.der : undefined
  }

  /** DER of a CA's newest CRL, by its name under `/pki/`. */
  async function findCrl(ca: string): Promise<Uint8Array | undefined> {
    if (!isAuthorityName(ca)) return undefined
    const row = await findAuthority(db, ca)
    return row && (await findNewestCrl(db, row.id))?.der
  }

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
    const base = `${deps.publicUrl}/pki/${ca}`
    return { certificateUrl: `${base}.cer`, crlUrl: `${base}.crl` }
  }

  return { create, issue, revoke, publishWhatIsDue, findCertificate, findCrl }
}

function alreadyThere(): AppError {
  return new AppError('invalid-request', 'This appliance has its certification authority already.')
}

/** A key that has no certificate yet, as what signs. */
function issuerOf(key: MadeKey, name: NameParts, notAfter: number): Issuer {
  return {
    name: encodeName(name),
    keyId: key.keyId,
    algorithm: DEFAULT_SIGNATURE_ALGORITHM[key.algorithm],
    publicKey: key.publicKey,
    notAfter,
  }
}

function policyOf({ name }: Issuer): string {
  const identifier = findAttribute(name, 'organisationIdentifier')
  if (identifier === undefined) throw new RangeError('the issuing CA names no organisation')
  return ownPolicy(sirenOf(identifier))
}

function isAuthorityName(text: string): text is AuthorityName {
  return text === 'root' || text === 'issuing'
}
