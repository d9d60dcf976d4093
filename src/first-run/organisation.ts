import { randomUUID } from 'node:crypto'
import { isSiren } from '../authority/model.ts'
import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import type { Organisation } from '../people/model.ts'
import { insertOrganisation } from '../people/store.ts'
import { requireCorrectable } from './model.ts'
import { type StepDeps, takeStep } from './take-step.ts'

type Wanted = Omit<Organisation, 'id'>

/**
 * Found the organisation, or correct what it is called as long as no certificate names it.
 *
 * @throws AppError `invalid-request` for a SIREN whose digits do not go together.
 */
export async function takeOrganisation(deps: StepDeps, wanted: Wanted): Promise<void> {
  if (!isSiren(wanted.siren)) {
    throw new AppError('invalid-request', 'This is no SIREN: check its nine digits.', {
      hints: { field: 'siren' },
    })
  }
  const { kind, name, siren } = wanted
  await takeStep(deps, 'organisation', async (run, tx, at) => {
    const id = run.organisationId ?? randomUUID()
    if (run.organisationId === null) await insertOrganisation(tx, { id, ...wanted }, at)
    else {
      requireCorrectable(run)
      await correctOrganisation(tx, id, wanted)
    }
    const action = run.organisationId === null ? 'organisation.founded' : 'organisation.corrected'
    return {
      detail: { kind, name, siren },
      change: { organisationId: id },
      entries: [{ action, subject: id, detail: { name, kind, siren } }],
    }
  })
}

async function correctOrganisation(db: Db, id: string, { kind, name, siren }: Wanted) {
  await db.updateTable('organisation').set({ kind, name, siren }).where('id', '=', id).execute()
}
