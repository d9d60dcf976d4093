import type { Db } from '../db/database.ts'
import type { Organisation } from './model.ts'
import { listCapacities, type Standing } from './standing.ts'

/** An organisation that a person may act for, and as what. */
export interface MyOrganisation extends Organisation, Pick<Standing, 'functions'> {
  readonly address: string
}

/** Those of which a person is an active member, by name. */
export async function listMyOrganisations(
  db: Db,
  personId: string,
  now: number,
): Promise<MyOrganisation[]> {
  const capacities = await listCapacities(db, personId, now)
  if (capacities.length === 0) return []
  const rows = await db
    .selectFrom('organisation')
    .select(['id', 'kind', 'name', 'siren', 'address'])
    .where(
      'id',
      'in',
      capacities.map(({ organisationId }) => organisationId),
    )
    .execute()
  return capacities.flatMap(({ organisationId, functions }) => {
    const row = rows.find(({ id }) => id === organisationId)
    return row === undefined ? [] : [{ ...row, functions }]
  })
}
