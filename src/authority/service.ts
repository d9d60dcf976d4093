import {
  DEFAULT_SIGNATURE_ALGORITHM,
  type KeyAlgorithm,
  type SignDigest,
} from '../../hsm/algorithms.ts'
import type { Db, Tx } from '../db/database.ts'
import { AppError } from '../errors.ts'
import type { Issuer } from '../pki/certificate.ts'
import { encodeName, type NameParts } from '../pki/name.ts'
import { makeChanges } from './changes.ts'
import { makeCrlPublisher } from './crl-publisher.ts'
import { getAuthority, toIssuer } from './issuer.ts'
import { makeIssuing, policyOf } from './issuing.ts'
import {
  ANY_POLICY,
  authorityName,
  isAuthorityName,
  type KeyMaker,
  type MadeKey,
  type Organisation,
} from './model.ts'
import { makeOcspResponder } from './ocsp-responder.ts'
import { registerCertificate, registerKey } from './register.ts'
import { findAuthority, findNewestCrl } from './store.ts'

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

/** What is asked of the issuing CA. */
export interface IssueRequest {
  readonly profile: 'seal' | 'person' | 'tls' | 'tsa'
  readonly subject: NameParts
  readonly publicKey: Uint8Array
  /** Recorded with it when it is in the token. */
  readonly key?: MadeKey
  /** The same for one that was recorded before. */
  readonly keyId?: string
  readonly hosts?: readonly string[]
  /** Whose it is, of a person. */
  readonly personId?: string
  /** Whose it is, of a seal. */
  readonly organisationId?: string
  /** What must be done in the same transaction. */
  readonly together?: (tx: Tx, issued: IssuedCertificate) => Promise<void>
}

export type Authority = ReturnType<typeof makeAuthority>

/** The internal certification authority: ceremony, issuing, the life after, what it publishes. */
export function makeAuthority(deps: AuthorityDeps) {
  const { db, keys, now } = deps
  const crls = makeCrlPublisher(deps)
  const { build, publishedBy } = makeIssuing(deps)
  const ocsp = makeOcspResponder({ ...deps, build })
  const changes = makeChanges({ db, now, publishCrl: crls.publish, signOcsp: ocsp.signAnew })

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
    await crls.publish('root')
    await crls.publish('issuing')
  }

  /** Issue a certificate from the issuing CA, and a CRL that is not older than it. */
  async function issue(request: IssueRequest): Promise<IssuedCertificate> {
    const { profile, subject, publicKey, hosts, key, keyId, together } = request
    const authority = await getAuthority(db, 'issuing')
    const issuer = toIssuer(authority)
    const certificate = await build(issuer, {
      ...{ profile, subject, publicKey },
      ...(hosts !== undefined && { hosts }),
      ...(profile !== 'tls' && { policies: [policyOf(issuer)] }),
      published: publishedBy('issuing'),
    })
    const { id, der, serial, not_after: notAfter } = certificate
    const issued = { id, der, serial, subject: certificate.subject, notAfter }
    await db.transaction().execute(async (tx) => {
      const purpose = profile === 'tls' ? 'seal' : profile
      if (key !== undefined) await registerKey(tx, key, { purpose, at: certificate.created_at })
      await registerCertificate(tx, {
        ...certificate,
        issuer_id: authority.id,
        key_id: key?.keyId ?? keyId ?? null,
        person_id: request.personId ?? null,
        organisation_id: request.organisationId ?? null,
      })
      await together?.(tx, issued)
    })
    if (profile !== 'tls') await crls.publishWhatIsDue()
    return issued
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

  return {
    create,
    issue,
    ...changes,
    publishWhatIsDue: crls.publishWhatIsDue,
    findCertificate,
    findCrl,
    answerOcsp: ocsp.answer,
    signOcspWhatIsDue: ocsp.signWhatIsDue,
  }
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
