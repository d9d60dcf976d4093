import type { Db } from '../db/database.ts'

/** A person's certificate that signs now. */
export interface ActiveCertificate {
  readonly id: string
  /** Hex CKA_ID. */
  readonly keyId: string
  readonly serial: string
  readonly subject: string
  readonly der: Uint8Array
  /** Unix ms. */
  readonly notBefore: number
  readonly notAfter: number
}

/** The certificate with which a person signs at a moment (Unix ms): in force, and not on hold. */
export async function findActiveCertificateOf(
  db: Db,
  personId: string,
  now: number = Date.now(),
): Promise<ActiveCertificate | undefined> {
  const row = await db
    .selectFrom('certificate')
    .select(['id', 'key_id', 'serial', 'subject', 'der', 'not_before', 'not_after'])
    .where('person_id', '=', personId)
    .where('profile', '=', 'person')
    .where('state', '=', 'active')
    .where('key_id', 'is not', null)
    .where('not_before', '<=', now)
    .where('not_after', '>=', now)
    .orderBy('not_before', 'desc')
    .orderBy('created_at', 'desc')
    .executeTakeFirst()
  if (row === undefined || row.key_id === null) return undefined
  const { id, key_id: keyId, serial, subject, der, not_before, not_after } = row
  return { id, keyId, serial, subject, der, notBefore: not_before, notAfter: not_after }
}
