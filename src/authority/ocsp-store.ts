import type { Db } from '../db/database.ts'
import type { NewRow, Row } from '../db/schema.ts'

/** The newest certificate of the responder of a CA that ends later than this (Unix ms). */
export async function findResponder(db: Db, issuerId: string, endsAfter: number) {
  return db
    .selectFrom('certificate')
    .innerJoin('signing_key', 'signing_key.id', 'certificate.key_id')
    .select([
      'certificate.der',
      'certificate.not_after',
      'signing_key.id as key_id',
      'signing_key.algorithm',
      'signing_key.public_key',
    ])
    .where('certificate.profile', '=', 'ocsp')
    .where('certificate.issuer_id', '=', issuerId)
    .where('certificate.state', '=', 'active')
    .where('certificate.not_after', '>', endsAfter)
    .where('signing_key.state', '=', 'active')
    .orderBy('certificate.not_after', 'desc')
    .executeTakeFirst()
}

/** A certificate by issuer and serial, with what there is to say of it. */
export async function findIssued(db: Db, issuerId: string, serial: string) {
  return db
    .selectFrom('certificate')
    .select(['id', 'state', 'version', 'revoked_at', 'revocation_reason'])
    .where('issuer_id', '=', issuerId)
    .where('serial', '=', serial)
    .executeTakeFirst()
}

export type IssuedRow = NonNullable<Awaited<ReturnType<typeof findIssued>>>

/** The answer that is signed already and still says what is so. @param now - Unix ms. */
export async function findSigned(
  db: Db,
  wanted: { readonly issuerId: string; readonly serial: string; readonly form: string },
  now: number,
): Promise<Row<'ocsp_response'> | undefined> {
  return db
    .selectFrom('ocsp_response')
    .innerJoin('certificate', (join) =>
      join
        .onRef('certificate.id', '=', 'ocsp_response.certificate_id')
        .onRef('certificate.version', '=', 'ocsp_response.version'),
    )
    .selectAll('ocsp_response')
    .where('certificate.issuer_id', '=', wanted.issuerId)
    .where('certificate.serial', '=', wanted.serial)
    .where('ocsp_response.form', '=', wanted.form)
    .where('ocsp_response.next_update', '>', now)
    .executeTakeFirst()
}

/** Keep an answer in the place of the one before, unless that one knows of a later change. */
export async function keepSigned(db: Db, signed: NewRow<'ocsp_response'>): Promise<void> {
  const { version, der, this_update, next_update } = signed
  await db
    .insertInto('ocsp_response')
    .values(signed)
    .onConflict((conflict) =>
      conflict
        .columns(['certificate_id', 'form'])
        .doUpdateSet({ version, der, this_update, next_update })
        .where('ocsp_response.version', '<=', version),
    )
    .execute()
}

/** Answers that somebody asked for once and that must be made anew: old ones, and untrue ones. */
export async function listDue(
  db: Db,
  { signedBefore, now, limit }: { signedBefore: number; now: number; limit: number },
) {
  return db
    .selectFrom('ocsp_response')
    .innerJoin('certificate', 'certificate.id', 'ocsp_response.certificate_id')
    .select(['ocsp_response.certificate_id', 'ocsp_response.form'])
    .where('certificate.not_after', '>', now)
    .where((eb) =>
      eb.or([
        eb('ocsp_response.this_update', '<', signedBefore),
        eb('ocsp_response.version', '<>', eb.ref('certificate.version')),
      ]),
    )
    .orderBy('ocsp_response.this_update')
    .limit(limit)
    .execute()
}

export async function listSignedForms(db: Db, certificateId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('ocsp_response')
    .select('form')
    .where('certificate_id', '=', certificateId)
    .execute()
  return rows.map(({ form }) => form)
}
