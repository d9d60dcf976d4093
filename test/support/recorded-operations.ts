import { createHash } from 'node:crypto'
import type { Db } from '../../src/db/database.ts'
import { appendEntries } from '../../src/journal/store.ts'
import { detailOf, sharedProof } from '../../src/sealing/evidence.ts'
import { type GroupOperation, recordGroup } from '../../src/sealing/record-group.ts'
import { makeRecorder } from '../../src/sealing/recorder.ts'

const AT = Date.UTC(2026, 10, 24, 12)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export const COMMON = {
  client: { id: 'ged' },
  seal: { id: 'conseil', keyId: '0a0b', certificate: { id: 'cert-1', serial: '0f1e' } },
  delegation: { id: 'del-1', number: 'D-2026-001', version: 1 },
  level: 'B-B',
  requestId: 'r-1',
} as const

/** The rows that operations of `COMMON` name, without keys or real certificates; and others like them. */
export async function insertSealRows(db: Db): Promise<void> {
  const made = { created_at: AT }
  await db
    .insertInto('organisation')
    .values({ id: 'org', kind: 'council', name: 'Conseil d’essai', siren: '123456782', ...made })
    .execute()
  for (const id of ['0a0b', '0a0c']) {
    await db
      .insertInto('signing_key')
      .values({
        ...{ id, label: id, algorithm: 'p-256', public_key: Uint8Array.of(1), birth_json: '{}' },
        ...{ purpose: 'seal', state: 'active', ...made },
      })
      .execute()
  }
  for (const [id, serial] of [
    ['cert-1', '0f1e'],
    ['cert-2', '0f1f'],
  ] as const) {
    await db
      .insertInto('certificate')
      .values({
        ...{ id, serial, profile: 'seal', issuer_id: null, key_id: '0a0b', subject: 'CN=Conseil' },
        ...{ der: Uint8Array.of(1), not_before: 0, not_after: 1, state: 'active', ...made },
      })
      .execute()
  }
  for (const id of ['conseil', 'other']) {
    await db
      .insertInto('seal')
      .values({
        ...{ id, organisation_id: 'org', name: id, key_id: '0a0b', certificate_id: 'cert-1' },
        ...{ signature_algorithm: 'ecdsa-p256-sha256', state: 'active', ...made },
      })
      .execute()
    await db
      .insertInto('api_client')
      .values({ id: id === 'conseil' ? 'ged' : id, name: id, key_sha256: id, ...made })
      .execute()
  }
  for (const [id, version] of [
    ['del-1', 1],
    ['del-2', 2],
  ] as const) {
    await db
      .insertInto('delegation')
      .values({
        ...{ id, number: 'D-2026-001', version, kind: 'seal', organisation_id: 'org' },
        ...{
          grantee_client_id: 'ged',
          seal_id: 'conseil',
          valid_from: 0,
          state: 'active',
          ...made,
        },
      })
      .execute()
  }
}

/** Operations `<prefix>-0000`, `<prefix>-0001` …, each of a document of its own. */
export function operationsOf(prefix: string, count: number): GroupOperation[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `${prefix}-${String(index).padStart(4, '0')}`
    return {
      id,
      at: AT + index,
      fieldName: 'Signature1',
      warnings: index % 3 === 1 ? ['repaired'] : [],
      bytes: 100_000 + index,
      originalSha256: sha256(`original ${id}`),
      sealedSha256: sha256(`sealed ${id}`),
      signedDigest: sha256(`digest ${id}`),
    }
  })
}

/** Write a group down, in a transaction of its own. */
export async function recordOperations(
  db: Db,
  operations: readonly GroupOperation[],
): Promise<{ seq: number }> {
  const group = { at: AT, subject: 'batch-1', batchId: 'batch-1', common: COMMON, operations }
  return db.transaction().execute((tx) => recordGroup(tx, group))
}

/** Write one operation down with an entry of its own. */
export async function recordOperation(db: Db, { id, at, ...own }: GroupOperation): Promise<void> {
  const { client, seal, delegation } = COMMON
  const proof = { ...own, warnings: own.warnings.join() }
  const detail = detailOf(sharedProof(seal, delegation), proof)
  await makeRecorder(db)({
    operation: {
      ...{ id, at, kind: 'seal', seal_id: seal.id, client_id: client.id },
      ...{ delegation_id: delegation.id, delegation_version: delegation.version },
      ...{ key_id: seal.keyId, certificate_id: seal.certificate.id, level: COMMON.level },
      ...{ field_name: own.fieldName, original_sha256: own.originalSha256 },
      ...{ sealed_sha256: own.sealedSha256, signed_digest: own.signedDigest, bytes: own.bytes },
      ...{ request_id: COMMON.requestId, warnings: proof.warnings },
    },
    entry: { at, actor: `client:${client.id}`, action: 'document.sealed', subject: id, detail },
    idempotency: undefined,
  })
}

/** An entry that has nothing to do with any operation. */
export async function appendOther(db: Db): Promise<void> {
  const entry = { at: AT, actor: 'operator', action: 'seal.suspended', subject: 'conseil' }
  await db.transaction().execute((tx) => appendEntries(tx, [{ ...entry, detail: {} }]))
}
