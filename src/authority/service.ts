import { randomBytes, randomUUID } from 'node:crypto'
import {
  DEFAULT_SIGNATURE_ALGORITHM,
  isKeyAlgorithm,
  type KeyAlgorithm,
  type SignDigest,
} from '../../hsm/algorithms.ts'
import { readSubject } from '../cms/certificate-parts.ts'
import type { Db, Tx } from '../db/database.ts'
import type { Row } from '../db/schema.ts'
import { AppError } from '../errors.ts'
import type { NewEntry } from '../journal/entry.ts'
import { appendEntries } from '../journal/store.ts'
import { buildCertificate, type Issuer } from '../pki/certificate.ts'
import { buildCrl } from '../pki/crl.ts'
import { describeName, encodeName, type NameParts } from '../pki/name.ts'
import type { ProfileName } from '../pki/profiles.ts'
import {
  type AuthorityName,
  authorityName,
  CRL_RENEWED_AFTER_MS,
  CRL_VALID_MS,
  type KeyMaker,
  type MadeKey,
  type Organisation,
  validityOf,
} from './model.ts'
import {
  type AuthorityRow,
  findAuthority,
  findNewestCrl,
  insertCertificate,
  insertCrl,
  insertKey,
  listRevoked,
  markRevoked,
} from './store.ts'

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

/** The internal certification authority: ceremony, issuing, revocation, CRLs. */
export function makeAuthority(deps: AuthorityDeps) {
  const { db, keys, now, signDigest } = deps

  /**
   * The ceremony: make root and issuing keys in the token, their certificates and first CRLs.
   *
   * @throws AppError `invalid-request` when there is an authority already.
   */
  async function create(
    organisation: Organisation,
    algorithm: KeyAlgorithm = 'rsa-4096',
  ): Promise<void> {
    if ((await findAuthority(db, 'root')) !== undefined) {
      throw new AppError(
        'invalid-request',
        'This appliance has its certification authority already.',
      )
    }
    const root = await keys.generateKey({ algorithm, label: 'Sceau root CA' })
    const issuing = await keys.generateKey({ algorithm, label: 'Sceau issuing CA' })
    const rootName = authorityName('root', organisation)
    const rootIssuer: Issuer = {
      name: encodeName(rootName),
      keyId: root.keyId,
      algorithm: DEFAULT_SIGNATURE_ALGORITHM[root.algorithm],
      publicKey: root.publicKey,
      notAfter: Number.MAX_SAFE_INTEGER,
    }
    const rootCertificate = await build('root-ca', rootName, root.publicKey, rootIssuer)
    const bounded = { ...rootIssuer, notAfter: rootCertificate.row.not_after }
    const issuingCertificate = await build(
      'issuing-ca',
      authorityName('issuing', organisation),
      issuing.publicKey,
      bounded,
      { published: publishedBy('root') },
    )
    await db.transaction().execute(async (tx) => {
      await keepKey(tx, root, 'root-ca')
      await keepKey(tx, issuing, 'issuing-ca')
      const rootRow = { ...rootCertificate.row, issuer_id: null, key_id: root.keyId }
      await keep(tx, rootRow)
      await keep(tx, { ...issuingCertificate.row, issuer_id: rootRow.id, key_id: issuing.keyId })
    })
    await publish('root')
    await publish('issuing')
  }

  /** Issue a certificate from the issuing CA. @param key - Recorded with it when it is in the token. */
  async function issue(request: {
    readonly profile: 'seal' | 'person' | 'tls'
    readonly subject: NameParts
    readonly publicKey: Uint8Array
    readonly key?: MadeKey
    readonly hosts?: readonly string[]
  }): Promise<IssuedCertificate> {
    const { profile, subject, publicKey, key, hosts } = request
    const row = await getAuthority('issuing')
    const { row: certificate } = await build(profile, subject, publicKey, toIssuer(row), {
      published: publishedBy('issuing'),
      ...(hosts !== undefined && { hosts }),
    })
    await db.transaction().execute(async (tx) => {
      if (key !== undefined) await keepKey(tx, key, profile === 'person' ? 'person' : 'seal')
      await keep(tx, { ...certificate, issuer_id: row.id, key_id: key?.keyId ?? null })
    })
    const { id, der, serial, not_after: notAfter } = certificate
    return { id, der, serial, subject: certificate.subject, notAfter }
  }

  /**
   * Revoke a certificate and publish the CRL that says so.
   *
   * @param reason - CRLReason (RFC 5280 §5.3.1).
   * @throws AppError `not-found` when there is no such certificate, or it is revoked already.
   */
  async function revoke(id: string, reason: number, actor: string): Promise<void> {
    const at = Math.floor(now() / 1000) * 1000
    const certificate = await db.transaction().execute(async (tx) => {
      const found = await markRevoked(tx, id, { at, reason })
      if (found === undefined) {
        throw new AppError('not-found', 'There is no certificate of this id that could be revoked.')
      }
      const detail = { serial: found.serial, reason }
      await appendEntries(tx, [{ at, actor, action: 'certificate.revoked', subject: id, detail }])
      return found
    })
    await publish(certificate.profile === 'issuing-ca' ? 'root' : 'issuing')
  }

  /** Make a new CRL now. */
  async function publish(ca: AuthorityName): Promise<void> {
    const row = await getAuthority(ca)
    const at = Math.floor(now() / 1000) * 1000
    const number = ((await findNewestCrl(db, row.id))?.number ?? 0) + 1
    const revoked = (await listRevoked(db, row.id)).map((certificate) => ({
      serial: certificate.serial,
      revokedAt: certificate.revoked_at ?? at,
      reason: certificate.revocation_reason ?? 0,
    }))
    const nextUpdate = at + CRL_VALID_MS
    const der = await buildCrl(
      { number, thisUpdate: at, nextUpdate, revoked },
      toIssuer(row),
      signDigest,
    )
    const detail = { ca, number, revoked: revoked.length }
    await db.transaction().execute(async (tx) => {
      await insertCrl(tx, {
        issuer_id: row.id,
        number,
        der: Buffer.from(der),
        this_update: at,
        next_update: nextUpdate,
      })
      await appendEntries(tx, [
        { at, actor: 'system', action: 'crl.published', subject: row.id, detail },
      ])
    })
  }

  /** Make new CRLs where the newest is a day old. Called at the start and from time to time. */
  async function publishWhatIsDue(): Promise<void> {
    for (const ca of ['root', 'issuing'] as const) {
      const row = await findAuthority(db, ca)
      if (row === undefined) continue
      const newest = await findNewestCrl(db, row.id)
      if (newest === undefined || now() - newest.this_update > CRL_RENEWED_AFTER_MS)
        await publish(ca)
    }
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

  async function getAuthority(ca: AuthorityName): Promise<AuthorityRow> {
    const row = await findAuthority(db, ca)
    if (row !== undefined) return row
    throw new AppError(
      'invalid-request',
      'There is no certification authority yet: run `sceau init`.',
    )
  }

  async function build(
    profile: ProfileName,
    subject: NameParts,
    publicKey: Uint8Array,
    issuer: Issuer,
    extra: {
      published?: { certificateUrl: string; crlUrl: string }
      hosts?: readonly string[]
    } = {},
  ) {
    const at = now()
    const { notBefore, notAfter } = validityOf(profile, at, issuer.notAfter)
    const serial = randomBytes(20)
    const request = { profile, subject, publicKey, serial, notBefore, notAfter, ...extra }
    const built = await buildCertificate(request, issuer, signDigest)
    return {
      row: {
        id: randomUUID(),
        profile,
        serial: built.serial,
        subject: describeName(subject),
        der: Buffer.from(built.der),
        not_before: notBefore,
        not_after: notAfter,
        state: 'active',
        revoked_at: null,
        revocation_reason: null,
        created_at: at,
      } as const,
    }
  }

  async function keepKey(
    tx: Tx,
    key: MadeKey,
    purpose: Row<'signing_key'>['purpose'],
  ): Promise<void> {
    const at = now()
    await insertKey(tx, key, { purpose, createdAt: at })
    await appendEntries(tx, [
      {
        at,
        actor: 'system',
        action: 'key.generated',
        subject: key.keyId,
        detail: { algorithm: key.algorithm, purpose, birth: JSON.stringify(key.birth) },
      },
    ])
  }

  async function keep(tx: Tx, row: Row<'certificate'>): Promise<void> {
    await insertCertificate(tx, row)
    await appendEntries(tx, [certificateIssued(row)])
  }

  function publishedBy(ca: AuthorityName) {
    const base = `${deps.publicUrl}/pki/${ca}`
    return { certificateUrl: `${base}.cer`, crlUrl: `${base}.crl` }
  }

  return { create, issue, revoke, publish, publishWhatIsDue, findCertificate, findCrl }
}

function certificateIssued(row: Row<'certificate'>): NewEntry {
  const { profile, serial, subject, not_after: notAfter } = row
  return {
    at: row.created_at,
    actor: 'system',
    action: 'certificate.issued',
    subject: row.id,
    detail: { profile, serial, holder: profile === 'person' ? '' : subject, notAfter },
  }
}

function toIssuer(row: AuthorityRow): Issuer {
  if (row.key_id === null || !isKeyAlgorithm(row.key_algorithm)) {
    throw new RangeError(`certificate ${row.id} is no CA of ours`)
  }
  return {
    name: readSubject(row.der),
    keyId: row.key_id,
    algorithm: DEFAULT_SIGNATURE_ALGORITHM[row.key_algorithm],
    publicKey: row.public_key,
    notAfter: row.not_after,
  }
}

function isAuthorityName(text: string): text is AuthorityName {
  return text === 'root' || text === 'issuing'
}
