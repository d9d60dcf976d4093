import { isSignatureAlgorithm, type SignatureAlgorithm } from '../../hsm/algorithms.ts'
import type { Db } from '../db/database.ts'
import { makeInsertRows } from '../db/insert-rows.ts'
import type { NewRow, Row } from '../db/schema.ts'
import { makeSealTools } from '../engine/seal-kit.ts'
import type { Delegation } from '../rights/can.ts'
import type { Seal } from './model.ts'

/** A seal with its certificate chain and delegations, or undefined. */
export async function findSeal(db: Db, id: string): Promise<Seal | undefined> {
  const row = await db
    .selectFrom('seal')
    .innerJoin('organisation', 'organisation.id', 'seal.organisation_id')
    .innerJoin('certificate', 'certificate.id', 'seal.certificate_id')
    .leftJoin('certificate as issuer', 'issuer.id', 'certificate.issuer_id')
    .select([
      'seal.id',
      'seal.name',
      'seal.state',
      'seal.key_id',
      'seal.signature_algorithm',
      'seal.logo',
      'seal.logo_type',
      'organisation.name as organisation',
      'certificate.id as certificate_id',
      'certificate.serial',
      'certificate.subject',
      'certificate.der',
      'certificate.not_before',
      'certificate.not_after',
      'certificate.state as certificate_state',
      'issuer.der as issuer_der',
    ])
    .where('seal.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const algorithm = getAlgorithm(row.signature_algorithm)
  return {
    id: row.id,
    name: row.name,
    organisation: row.organisation,
    state: row.state,
    keyId: row.key_id,
    algorithm,
    certificate: {
      id: row.certificate_id,
      serial: row.serial,
      subject: row.subject,
      notBefore: row.not_before,
      notAfter: row.not_after,
      state: row.certificate_state,
    },
    tools: makeSealTools({
      organisation: row.organisation,
      keyId: row.key_id,
      algorithm,
      certificate: row.der,
      chain: row.issuer_der === null ? await listChain(db, row.certificate_id) : [row.issuer_der],
      logo:
        row.logo === null || row.logo_type === null
          ? undefined
          : { type: row.logo_type, bytes: row.logo },
    }),
    delegations: await listDelegations(db, id),
  }
}

/** What another authority sent along with its certificate. */
async function listChain(db: Db, certificateId: string): Promise<Uint8Array[]> {
  const rows = await db
    .selectFrom('certificate_chain')
    .select('der')
    .where('certificate_id', '=', certificateId)
    .orderBy('position')
    .execute()
  return rows.map(({ der }) => der)
}

function getAlgorithm(text: string): SignatureAlgorithm {
  if (!isSignatureAlgorithm(text)) throw new RangeError(`${text} is no signature algorithm`)
  return text
}

/** The delegations of a seal that no newer version has replaced, in the order of their numbers. */
async function listDelegations(db: Db, sealId: string): Promise<Delegation[]> {
  const rows = await db
    .selectFrom('delegation')
    .selectAll()
    .where('seal_id', '=', sealId)
    .where('kind', '=', 'seal')
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('delegation as newer')
            .select('newer.id')
            .whereRef('newer.organisation_id', '=', 'delegation.organisation_id')
            .whereRef('newer.number', '=', 'delegation.number')
            .whereRef('newer.version', '>', 'delegation.version'),
        ),
      ),
    )
    .orderBy('number')
    .execute()
  return rows.map(toDelegation)
}

function toDelegation(row: Row<'delegation'>): Delegation {
  return {
    id: row.id,
    number: row.number,
    version: row.version,
    kind: row.kind,
    granteeClientId: row.grantee_client_id,
    sealId: row.seal_id,
    validFrom: row.valid_from,
    validTo: row.valid_to,
    state: row.state,
  }
}

export async function listSealIds(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('seal').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

export async function insertSeal(db: Db, seal: NewRow<'seal'>): Promise<void> {
  await db.insertInto('seal').values(seal).execute()
}

/** @returns Whether the seal was in one of the states `from`. */
export async function changeSealState(
  db: Db,
  id: string,
  from: readonly Seal['state'][],
  to: Seal['state'],
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('seal')
    .set({ state: to })
    .where('id', '=', id)
    .where('state', 'in', from)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function insertDelegation(db: Db, delegation: NewRow<'delegation'>): Promise<void> {
  await db.insertInto('delegation').values(delegation).execute()
}

export const insertOperations = makeInsertRows('operation', [
  'id',
  'at',
  'kind',
  'seal_id',
  'client_id',
  'delegation_id',
  'delegation_version',
  'key_id',
  'certificate_id',
  'level',
  'field_name',
  'original_sha256',
  'sealed_sha256',
  'signed_digest',
  'bytes',
  'request_id',
  'warnings',
  'journal_seq',
  'leaf_index',
  'leaf_hash',
])

/** An operation with the names a person needs to understand it. */
export async function findOperation(db: Db, id: string) {
  return db
    .selectFrom('operation')
    .innerJoin('api_client', 'api_client.id', 'operation.client_id')
    .innerJoin('delegation', 'delegation.id', 'operation.delegation_id')
    .innerJoin('certificate', 'certificate.id', 'operation.certificate_id')
    .innerJoin('signing_key', 'signing_key.id', 'operation.key_id')
    .selectAll('operation')
    .select([
      'api_client.name as client_name',
      'delegation.number as delegation_number',
      'certificate.serial',
      'certificate.subject',
      'certificate.der',
      'signing_key.algorithm as key_algorithm',
    ])
    .where('operation.id', '=', id)
    .executeTakeFirst()
}

export type OperationRow = NonNullable<Awaited<ReturnType<typeof findOperation>>>

export async function findIdempotent(
  db: Db,
  clientId: string,
  key: string,
): Promise<(Row<'idempotency'> & { warnings: string }) | undefined> {
  return db
    .selectFrom('idempotency')
    .innerJoin('operation', 'operation.id', 'idempotency.operation_id')
    .selectAll('idempotency')
    .select('operation.warnings')
    .where('idempotency.client_id', '=', clientId)
    .where('key', '=', key)
    .executeTakeFirst()
}

export async function insertIdempotent(
  db: Db,
  rows: readonly NewRow<'idempotency'>[],
): Promise<void> {
  if (rows.length > 0) await db.insertInto('idempotency').values(rows).execute()
}

export async function countDelegations(db: Db, organisationId: string): Promise<number> {
  const { count } = await db
    .selectFrom('delegation')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('organisation_id', '=', organisationId)
    .executeTakeFirstOrThrow()
  return Number(count)
}
