import type { Db, Tx } from '../../db/database.ts'
import type { Row } from '../../db/schema.ts'
import type { IdentityKind, Method } from './model.ts'

/** A document that was shown. Once its image is destroyed this is all that is kept of it. */
export interface IdentityProof {
  readonly id: string
  readonly enrolmentId: string
  readonly submittedAt: number
  readonly kind: IdentityKind
  readonly last4: string
  /** `YYYY-MM-DD`. */
  readonly expiresOn: string
  readonly fileType: 'jpeg' | 'png' | 'pdf'
  readonly fileSha256: string
  /** Null once the image is destroyed. */
  readonly fileId: string | null
  readonly state: 'pending' | 'verified' | 'rejected' | 'withdrawn'
  readonly method: Method | null
  readonly decidedBy: string | null
  readonly decidedAt: number | null
  readonly reason: string | null
}

export async function insertProof(
  tx: Tx,
  proof: Omit<IdentityProof, 'state' | 'method' | 'decidedBy' | 'decidedAt' | 'reason'>,
): Promise<void> {
  await tx
    .insertInto('identity_proof')
    .values({
      id: proof.id,
      enrolment_id: proof.enrolmentId,
      submitted_at: proof.submittedAt,
      kind: proof.kind,
      last4: proof.last4,
      expires_on: proof.expiresOn,
      file_type: proof.fileType,
      file_sha256: proof.fileSha256,
      file_id: proof.fileId,
      state: 'pending',
      method: null,
      decided_by: null,
      decided_at: null,
      reason: null,
    })
    .execute()
}

/** The newest first. */
export async function listProofs(db: Db, enrolmentId: string): Promise<IdentityProof[]> {
  const rows = await db
    .selectFrom('identity_proof')
    .selectAll()
    .where('enrolment_id', '=', enrolmentId)
    .orderBy('submitted_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toProof)
}

export async function findPendingProof(
  db: Db,
  enrolmentId: string,
): Promise<IdentityProof | undefined> {
  const row = await db
    .selectFrom('identity_proof')
    .selectAll()
    .where('enrolment_id', '=', enrolmentId)
    .where('state', '=', 'pending')
    .executeTakeFirst()
  return row && toProof(row)
}

/**
 * Decide on what was shown; from now on no row names the image, whose file is then removed.
 *
 * @returns The images that are to be destroyed.
 */
export async function decideProofs(
  tx: Tx,
  enrolmentId: string,
  decision: {
    readonly state: 'verified' | 'rejected' | 'withdrawn'
    readonly method?: Method
    readonly by: string
    readonly at: number
    readonly reason?: string
  },
): Promise<string[]> {
  const { state, method, by, at, reason } = decision
  const pending = await tx
    .selectFrom('identity_proof')
    .select('file_id')
    .where('enrolment_id', '=', enrolmentId)
    .where('state', '=', 'pending')
    .execute()
  await tx
    .updateTable('identity_proof')
    .set({
      ...{ state, file_id: null, decided_by: by, decided_at: at },
      method: method ?? null,
      reason: reason ?? null,
    })
    .where('enrolment_id', '=', enrolmentId)
    .where('state', '=', 'pending')
    .execute()
  return pending.flatMap(({ file_id: fileId }) => (fileId === null ? [] : [fileId]))
}

/** The images that rows name. */
export async function listImages(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('identity_proof')
    .select('file_id')
    .where('file_id', 'is not', null)
    .execute()
  return rows.flatMap(({ file_id: fileId }) => (fileId === null ? [] : [fileId]))
}

function toProof(row: Row<'identity_proof'>): IdentityProof {
  return {
    id: row.id,
    enrolmentId: row.enrolment_id,
    submittedAt: row.submitted_at,
    kind: row.kind,
    last4: row.last4,
    expiresOn: row.expires_on,
    fileType: row.file_type,
    fileSha256: row.file_sha256,
    fileId: row.file_id,
    state: row.state,
    method: row.method,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    reason: row.reason,
  }
}
