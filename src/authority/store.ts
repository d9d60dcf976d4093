import type { Db } from '../db/database.ts'
import type { NewRow, Row } from '../db/schema.ts'
import type { RevokedCertificate } from '../pki/crl.ts'
import type { CertificateState } from './life.ts'
import { AUTHORITY_PROFILE, type AuthorityName, type MadeKey } from './model.ts'

export async function insertKey(
  db: Db,
  key: MadeKey,
  kept: { purpose: Row<'signing_key'>['purpose']; createdAt: number },
): Promise<void> {
  await db
    .insertInto('signing_key')
    .values({
      id: key.keyId,
      label: key.label,
      algorithm: key.algorithm,
      public_key: Buffer.from(key.publicKey),
      birth_json: JSON.stringify(key.birth),
      purpose: kept.purpose,
      state: 'active',
      created_at: kept.createdAt,
    })
    .execute()
}

export async function insertCertificate(db: Db, certificate: NewRow<'certificate'>): Promise<void> {
  await db.insertInto('certificate').values(certificate).execute()
}

/** A CA with its key, or undefined before the ceremony. */
export async function findAuthority(db: Db, ca: AuthorityName) {
  return db
    .selectFrom('certificate')
    .innerJoin('signing_key', 'signing_key.id', 'certificate.key_id')
    .selectAll('certificate')
    .select(['signing_key.algorithm as key_algorithm', 'signing_key.public_key'])
    .where('profile', '=', AUTHORITY_PROFILE[ca])
    .where('certificate.state', '=', 'active')
    .orderBy('certificate.created_at', 'desc')
    .executeTakeFirst()
}

export type AuthorityRow = NonNullable<Awaited<ReturnType<typeof findAuthority>>>

/**
 * Move a certificate to another state, if it is in one to leave. Of another authority's it is only
 * our own use that ends.
 *
 * @returns The certificate as it now stands; undefined when it is unknown, a root, or in another
 *   state.
 */
export async function changeState(
  db: Db,
  id: string,
  change: {
    readonly from: readonly CertificateState[]
    readonly state: CertificateState
    /** Kept where a hold becomes a revocation: it counts from the hold on. Unix ms. */
    readonly withdrawnAt?: number
    readonly revoked_at?: null
    readonly revocation_reason?: number | null
    readonly held_until?: number | null
    readonly superseded_by?: string
  },
): Promise<Row<'certificate'> | undefined> {
  const { from, withdrawnAt, ...sets } = change
  return db
    .updateTable('certificate')
    .set((eb) => ({
      ...sets,
      version: eb('version', '+', 1),
      ...(withdrawnAt !== undefined && {
        revoked_at: eb.fn.coalesce('revoked_at', eb.val(withdrawnAt)),
      }),
    }))
    .where('id', '=', id)
    .where('profile', '!=', 'root-ca')
    .where('state', 'in', from)
    .returningAll()
    .executeTakeFirst()
}

export async function findCertificateById(
  db: Db,
  id: string,
): Promise<Row<'certificate'> | undefined> {
  return db.selectFrom('certificate').selectAll().where('id', '=', id).executeTakeFirst()
}

/**
 * The certificates that an issuer's CRL names: revoked ones, and those on hold. Expired ones stay on
 * it: a seal made before must still be judged.
 */
export async function listRevoked(db: Db, issuerId: string): Promise<RevokedCertificate[]> {
  const rows = await db
    .selectFrom('certificate')
    .select(['serial', 'revoked_at', 'revocation_reason'])
    .where('issuer_id', '=', issuerId)
    .where('state', 'in', ['revoked', 'suspended'])
    .orderBy('revoked_at')
    .orderBy('serial')
    .execute()
  return rows.map(({ serial, revoked_at, revocation_reason }) => {
    if (revoked_at === null) throw new RangeError(`certificate ${serial} was revoked at no time`)
    return { serial, revokedAt: revoked_at, reason: revocation_reason ?? 0 }
  })
}

/** The newest CRL of an issuer, or undefined before the first. */
export async function findNewestCrl(db: Db, issuerId: string): Promise<Row<'crl'> | undefined> {
  return db
    .selectFrom('crl')
    .selectAll()
    .where('issuer_id', '=', issuerId)
    .orderBy('number', 'desc')
    .executeTakeFirst()
}

/** @returns When the validity of the newest certificate of content begins (Unix ms), if there is one. */
export async function findNewestStart(db: Db, issuerId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('certificate')
    .select('not_before')
    .where('issuer_id', '=', issuerId)
    .where('profile', 'not in', ['tls', 'ocsp'])
    .orderBy('not_before', 'desc')
    .executeTakeFirst()
  return row?.not_before
}

/** @returns Whether it was kept: not when the issuer has a CRL of this number. */
export async function insertCrl(db: Db, crl: NewRow<'crl'>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('crl')
    .values(crl)
    .onConflict((conflict) => conflict.columns(['issuer_id', 'number']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}
