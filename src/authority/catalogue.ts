import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import type { Row, Schema } from '../db/schema.ts'
import { type ShownState, stateAt } from './life.ts'

/** A certificate as lists and pages show it. Times are Unix ms. */
export interface CertificateSummary {
  readonly id: string
  readonly profile: Row<'certificate'>['profile']
  readonly serial: string
  readonly subject: string
  /** A person's name, or the name the certificate gives. */
  readonly holder: string
  readonly personId: string | null
  readonly state: ShownState
  readonly notBefore: number
  readonly notAfter: number
  readonly revokedAt: number | null
  readonly reason: number | null
  readonly heldUntil: number | null
  /** What could not sign any more without it. */
  readonly dependants: readonly Dependant[]
}

export interface Dependant {
  readonly kind: 'seal' | 'delegation'
  readonly id: string
  readonly name: string
}

/** One certificate with all there is to know of it. */
export interface CertificateSheet extends CertificateSummary {
  readonly der: Uint8Array
  /** DER, from its issuer to the root, as far as they are known here. */
  readonly chain: readonly Uint8Array[]
  readonly keyId: string | null
  readonly keyAlgorithm: string | null
  readonly isExternal: boolean
  readonly supersededBy: string | null
}

export interface CertificateFilter {
  /** Part of the holder's name or of the subject. */
  readonly holder?: string
  /** Hex, its beginning. */
  readonly serial?: string
  readonly state?: ShownState
  /** Unix ms. */
  readonly endsBefore?: number
}

export const PAGE_ROWS = 50

type Builder = ExpressionBuilder<Schema & { certificate: Schema['certificate'] }, 'certificate'>

/**
 * What an organisation owns: its seals' certificates and its members'; the appliance's own belong to
 * the organisation that founded it.
 */
function isOwnedBy(organisationId: string) {
  return (eb: Builder): Expression<SqlBool> =>
    eb.or([
      eb('certificate.organisation_id', '=', organisationId),
      eb.exists(
        eb
          .selectFrom('membership')
          .select('membership.id')
          .whereRef('membership.person_id', '=', 'certificate.person_id')
          .where('membership.organisation_id', '=', organisationId)
          .where('membership.state', 'in', ['active', 'suspended']),
      ),
      eb.and([
        eb('certificate.organisation_id', 'is', null),
        eb('certificate.person_id', 'is', null),
        eb('certificate.profile', 'in', ['root-ca', 'issuing-ca', 'ocsp', 'tsa', 'tls']),
        eb(
          eb.val(organisationId),
          '=',
          eb
            .selectFrom('organisation')
            .select('organisation.id')
            .orderBy('organisation.created_at')
            .orderBy('organisation.id')
            .limit(1),
        ),
      ]),
    ])
}

/** A page of the certificates of an organisation, newest first, and how many there are in all. */
export async function listCertificates(
  db: Db,
  asked: {
    readonly organisationId: string
    readonly filter: CertificateFilter
    /** From 0. */
    readonly page: number
    readonly now: number
  },
): Promise<{ readonly certificates: readonly CertificateSummary[]; readonly total: number }> {
  const { organisationId, filter, page, now } = asked
  const found = selectShown(db)
    .where(isOwnedBy(organisationId))
    .$if(filter.serial !== undefined, (query) =>
      query.where('certificate.serial', 'like', `${escapeLike(filter.serial ?? '')}%`),
    )
    .$if(filter.endsBefore !== undefined, (query) =>
      query.where('certificate.not_after', '<', filter.endsBefore ?? 0),
    )
    .$if(filter.state !== undefined, (query) => query.where(isInState(filter.state, now)))
    .$if(filter.holder !== undefined, (query) =>
      query.where(
        sql<SqlBool>`lower(coalesce(person.given_name || ' ' || person.family_name, '')
          || ' ' || certificate.subject) like ${`%${escapeLike((filter.holder ?? '').toLowerCase())}%`} escape '\\'`,
      ),
    )
  const { total } = await db
    .selectFrom(found.as('found'))
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await found
    .orderBy('certificate.created_at', 'desc')
    .orderBy('certificate.id')
    .limit(PAGE_ROWS)
    .offset(page * PAGE_ROWS)
    .execute()
  const dependants = await listDependants(db, rows)
  return {
    total: Number(total),
    certificates: rows.map((row) => toSummary(row, dependants.get(row.id) ?? [], now)),
  }
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

/** What people are shown as the state depends on the clock. */
function isInState(state: ShownState | undefined, now: number) {
  return (eb: Builder): Expression<SqlBool> => {
    switch (state) {
      case 'expired':
        return eb.and([
          eb('certificate.state', 'in', ['active', 'suspended']),
          eb('certificate.not_after', '<', now),
        ])
      case 'not-yet-valid':
        return eb.and([
          eb('certificate.state', 'in', ['active', 'suspended']),
          eb('certificate.not_before', '>', now),
        ])
      case 'active':
      case 'suspended':
        return eb.and([
          eb('certificate.state', '=', state),
          eb('certificate.not_after', '>=', now),
          eb('certificate.not_before', '<=', now),
        ])
      default:
        return eb('certificate.state', '=', state ?? 'active')
    }
  }
}

/** One certificate, if this organisation owns it. */
export async function findCertificateOf(
  db: Db,
  { organisationId, id, now }: { organisationId: string; id: string; now: number },
): Promise<CertificateSheet | undefined> {
  const row = await selectShown(db)
    .where('certificate.id', '=', id)
    .where(isOwnedBy(organisationId))
    .executeTakeFirst()
  return row && toSheet(db, row, now)
}

/** The certificates of a person, newest first. */
export async function listCertificatesOf(
  db: Db,
  { personId, now }: { personId: string; now: number },
): Promise<CertificateSheet[]> {
  const rows = await selectShown(db)
    .where('certificate.person_id', '=', personId)
    .where('certificate.profile', '=', 'person')
    .orderBy('certificate.created_at', 'desc')
    .limit(PAGE_ROWS)
    .execute()
  return Promise.all(rows.map((row) => toSheet(db, row, now)))
}

function selectShown(db: Db) {
  return db
    .selectFrom('certificate')
    .leftJoin('person', 'person.id', 'certificate.person_id')
    .selectAll('certificate')
    .select(['person.given_name', 'person.family_name'])
}

type ShownRow = Awaited<ReturnType<ReturnType<typeof selectShown>['executeTakeFirstOrThrow']>>

function toSummary(
  row: ShownRow,
  dependants: readonly Dependant[],
  now: number,
): CertificateSummary {
  const { not_before: notBefore, not_after: notAfter } = row
  return {
    id: row.id,
    profile: row.profile,
    serial: row.serial,
    subject: row.subject,
    holder: holderOf(row),
    personId: row.person_id,
    state: stateAt({ state: row.state, notBefore, notAfter }, now),
    notBefore,
    notAfter,
    revokedAt: row.revoked_at,
    reason: row.revocation_reason,
    heldUntil: row.held_until,
    dependants,
  }
}

/** A person's name, or the common name in the certificate. */
export function holderOf({
  given_name,
  family_name,
  subject,
}: Pick<ShownRow, 'given_name' | 'family_name' | 'subject'>): string {
  if (given_name !== null && family_name !== null) return `${given_name} ${family_name}`
  const commonName = /(?:^|, )CN=((?:[^,\\]|\\.)*)/.exec(subject)?.[1]
  return commonName?.replace(/\\(.)/g, '$1') ?? subject
}

async function toSheet(db: Db, row: ShownRow, now: number): Promise<CertificateSheet> {
  const dependants = (await listDependants(db, [row])).get(row.id) ?? []
  const key = await db
    .selectFrom('signing_key')
    .select('algorithm')
    .where('id', '=', row.key_id ?? '')
    .executeTakeFirst()
  return {
    ...toSummary(row, dependants, now),
    der: row.der,
    chain: await listChain(db, row),
    keyId: row.key_id,
    keyAlgorithm: key?.algorithm ?? null,
    isExternal: row.issuer_id === null && row.profile !== 'root-ca',
    supersededBy: row.superseded_by,
  }
}

/** DER of what stands above a certificate, nearest first. */
async function listChain(
  db: Db,
  { id, issuer_id }: Pick<Row<'certificate'>, 'id' | 'issuer_id'>,
): Promise<Uint8Array[]> {
  const chain: Uint8Array[] = []
  for (let above = issuer_id; above !== null && chain.length < 8; ) {
    const row = await db
      .selectFrom('certificate')
      .select(['der', 'issuer_id'])
      .where('id', '=', above)
      .executeTakeFirstOrThrow()
    chain.push(row.der)
    above = row.issuer_id
  }
  const imported = await db
    .selectFrom('certificate_chain')
    .select('der')
    .where('certificate_id', '=', id)
    .orderBy('position')
    .execute()
  return [...chain, ...imported.map(({ der }) => der)]
}

/** The seals on these certificates, their delegations, and those of the persons who hold them. */
export async function listDependants(
  db: Db,
  certificates: readonly Pick<Row<'certificate'>, 'id' | 'person_id'>[],
): Promise<Map<string, Dependant[]>> {
  const found = new Map<string, Dependant[]>()
  const add = (id: string, dependant: Dependant) =>
    found.set(id, [...(found.get(id) ?? []), dependant])
  const ids = certificates.map(({ id }) => id)
  const persons = certificates.flatMap(({ person_id }) => (person_id === null ? [] : [person_id]))
  if (ids.length === 0) return found
  const seals = await db
    .selectFrom('seal')
    .select(['id', 'name', 'certificate_id'])
    .where('certificate_id', 'in', ids)
    .where('state', '!=', 'retired')
    .orderBy('id')
    .execute()
  for (const { id, name, certificate_id } of seals) add(certificate_id, { kind: 'seal', id, name })
  const delegations = await db
    .selectFrom('delegation')
    .select(['id', 'number', 'seal_id', 'grantor_person_id', 'grantee_person_id'])
    .where('state', '!=', 'revoked')
    .where((eb) =>
      eb.or([
        ...(seals.length === 0
          ? []
          : [
              eb(
                'seal_id',
                'in',
                seals.map(({ id }) => id),
              ),
            ]),
        ...(persons.length === 0
          ? []
          : [eb('grantor_person_id', 'in', persons), eb('grantee_person_id', 'in', persons)]),
      ]),
    )
    .orderBy('number')
    .execute()
  const sealOn = new Map(seals.map(({ id, certificate_id }) => [id, certificate_id]))
  for (const { id, number: name, seal_id, ...of } of delegations) {
    const dependant = { kind: 'delegation', id, name } as const
    const on = sealOn.get(seal_id ?? '')
    if (on !== undefined) add(on, dependant)
    for (const { id: certificate, person_id } of certificates) {
      if (person_id === null || certificate === on) continue
      if (person_id === of.grantor_person_id || person_id === of.grantee_person_id) {
        add(certificate, dependant)
      }
    }
  }
  return found
}
