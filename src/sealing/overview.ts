import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import type { Db } from '../db/database.ts'

/** A seal in a list. */
export interface SealSummary {
  readonly id: string
  readonly name: string
  readonly state: 'draft' | 'active' | 'suspended' | 'retired'
  readonly notAfter: number
  readonly certificateState: 'active' | 'suspended' | 'revoked' | 'superseded'
}

/** A seal as a person reads it. Times are Unix ms. */
export interface SealSheet extends SealSummary {
  readonly createdAt: number
  readonly signatureAlgorithm: string
  readonly certificateId: string
  readonly serial: string
  readonly subject: string
  readonly issuer: string
  readonly notBefore: number
  readonly key: {
    readonly id: string
    readonly label: string
    readonly state: 'generated' | 'active' | 'disabled' | 'destroyed'
    readonly createdAt: number
    /** By the token's own word: made in it, and at no time allowed to leave. */
    readonly isBornInside: boolean
  }
  readonly appliers: readonly Applier[]
}

/** Who may apply a seal, by the newest version of which delegation. */
interface Applier {
  readonly name: string
  readonly kind: 'person' | 'program'
  readonly delegation: string
  readonly state: 'active' | 'suspended' | 'revoked'
  readonly validFrom: number
  readonly validTo: number | null
}

/** The seals of one organisation, by name. */
export async function listSealsOf(db: Db, organisationId: string): Promise<SealSummary[]> {
  const rows = await db
    .selectFrom('seal')
    .innerJoin('certificate', 'certificate.id', 'seal.certificate_id')
    .select(['seal.id', 'seal.name', 'seal.state'])
    .select(['certificate.not_after', 'certificate.state as certificate_state'])
    .where('seal.organisation_id', '=', organisationId)
    .orderBy('seal.name')
    .orderBy('seal.id')
    .execute()
  return rows.map(({ id, name, state, not_after: notAfter, certificate_state }) => ({
    ...{ id, name, state, notAfter },
    certificateState: certificate_state,
  }))
}

/** @returns Undefined too when the seal is another organisation's: who asks must not learn of it. */
export async function findSealOf(
  db: Db,
  organisationId: string,
  id: string,
): Promise<SealSheet | undefined> {
  const row = await db
    .selectFrom('seal')
    .innerJoin('certificate', 'certificate.id', 'seal.certificate_id')
    .leftJoin('certificate as issuer', 'issuer.id', 'certificate.issuer_id')
    .innerJoin('signing_key', 'signing_key.id', 'seal.key_id')
    .select(['seal.id', 'seal.name', 'seal.state', 'seal.created_at', 'seal.signature_algorithm'])
    .select(['certificate.id as certificate_id', 'certificate.serial', 'certificate.subject'])
    .select(['certificate.not_before', 'certificate.not_after', 'issuer.subject as issuer'])
    .select('certificate.der')
    .select('certificate.state as certificate_state')
    .select(['signing_key.id as key_id', 'signing_key.label', 'signing_key.birth_json'])
    .select(['signing_key.state as key_state', 'signing_key.created_at as key_created_at'])
    .where('seal.id', '=', id)
    .where('seal.organisation_id', '=', organisationId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    createdAt: row.created_at,
    signatureAlgorithm: row.signature_algorithm,
    certificateId: row.certificate_id,
    certificateState: row.certificate_state,
    serial: row.serial,
    subject: row.subject,
    // Another authority's certificate is not in the database, but its name stands in what it issued.
    issuer: row.issuer ?? inOneLine(new X509Certificate(row.der).issuer),
    notBefore: row.not_before,
    notAfter: row.not_after,
    key: {
      id: row.key_id,
      label: row.label,
      state: row.key_state,
      createdAt: row.key_created_at,
      isBornInside: isBornInside(row.birth_json),
    },
    appliers: await listAppliers(db, organisationId, id),
  }
}

const birth = z.object({ local: z.literal(true), neverExtractable: z.literal(true) })

function isBornInside(json: string): boolean {
  return birth.safeParse(JSON.parse(json)).success
}

async function listAppliers(db: Db, organisationId: string, sealId: string): Promise<Applier[]> {
  const rows = await db
    .selectFrom('delegation')
    .leftJoin('api_client', 'api_client.id', 'delegation.grantee_client_id')
    // A person's name comes from the membership in this organisation, and from nowhere else.
    .leftJoin('membership', (join) =>
      join
        .onRef('membership.person_id', '=', 'delegation.grantee_person_id')
        .on('membership.organisation_id', '=', organisationId),
    )
    .leftJoin('person', 'person.id', 'membership.person_id')
    .select(['delegation.number', 'delegation.state'])
    .select(['delegation.valid_from', 'delegation.valid_to', 'api_client.name as program'])
    .select(['person.given_name', 'person.family_name'])
    .where('delegation.seal_id', '=', sealId)
    .where('delegation.kind', '=', 'seal')
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
    .orderBy('delegation.number')
    .execute()
  return rows.map((row) => ({
    name: row.program ?? [row.given_name, row.family_name].filter(Boolean).join(' '),
    kind: row.program === null ? 'person' : 'program',
    delegation: row.number,
    state: row.state,
    validFrom: row.valid_from,
    validTo: row.valid_to,
  }))
}

function inOneLine(name: string): string {
  return name.split('\n').reverse().join(', ')
}
