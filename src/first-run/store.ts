import type { Db } from '../db/database.ts'
import type { FirstRun, Locale, StepDetail, StepName } from './model.ts'
import { isStepName } from './model.ts'

const ONLY = 1

/** The first run, or undefined when this data folder never saw one. */
export async function findFirstRun(db: Db): Promise<FirstRun | undefined> {
  const row = await db.selectFrom('first_run').selectAll().executeTakeFirst()
  if (row === undefined) return undefined
  const rows = await db.selectFrom('first_run_step').select(['step', 'detail_json']).execute()
  return {
    locale: row.locale,
    organisationId: row.organisation_id,
    personId: row.person_id,
    done: new Map(
      rows.flatMap(({ step, detail_json }) =>
        isStepName(step) ? [[step, JSON.parse(detail_json)] as const] : [],
      ),
    ),
    finishedAt: row.finished_at,
  }
}

interface LinkDigests {
  readonly tokenSha256: string
  readonly sessionSha256: string
}

/** Digests of the link in force; undefined when none is. */
export async function findLink(db: Db): Promise<LinkDigests | undefined> {
  const row = await db
    .selectFrom('first_run')
    .select(['token_sha256', 'session_sha256'])
    .where('finished_at', 'is', null)
    .executeTakeFirst()
  return row && { tokenSha256: row.token_sha256, sessionSha256: row.session_sha256 }
}

/** Begin, or go on by a new link: the one before is dead. Nothing happens once it is finished. */
export async function putLink(db: Db, link: LinkDigests, at: number): Promise<void> {
  const digests = { token_sha256: link.tokenSha256, session_sha256: link.sessionSha256 }
  await db
    .insertInto('first_run')
    .values({ id: ONLY, locale: 'fr', began_at: at, finished_at: null, ...digests })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet(digests).where('first_run.finished_at', 'is', null),
    )
    .execute()
}

/** What a step did beside its own row. */
export interface RunChange {
  readonly locale?: Locale
  readonly organisationId?: string
  readonly personId?: string
}

/** @returns Whether it lasts still: a change comes too late once it is finished. */
export async function changeRun(db: Db, change: RunChange): Promise<boolean> {
  const { locale, organisationId, personId } = change
  const { numUpdatedRows } = await db
    .updateTable('first_run')
    .set((eb) => ({
      locale: locale ?? eb.ref('locale'),
      organisation_id: organisationId ?? eb.ref('organisation_id'),
      person_id: personId ?? eb.ref('person_id'),
    }))
    .where('finished_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** A step that is done again replaces what it did before. */
export async function putStep(
  db: Db,
  step: StepName,
  { detail, document = null, at }: { detail: StepDetail; document?: Uint8Array | null; at: number },
): Promise<void> {
  const values = {
    detail_json: JSON.stringify(detail),
    document: document === null ? null : Buffer.from(document),
    done_at: at,
  }
  await db
    .insertInto('first_run_step')
    .values({ step, ...values })
    .onConflict((conflict) => conflict.column('step').doUpdateSet(values))
    .execute()
}

/** The sealed document of the last step. */
export async function findDocument(db: Db): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom('first_run_step')
    .select('document')
    .where('step', '=', 'document')
    .executeTakeFirst()
  return row?.document ?? undefined
}

/** For ever: the link leads nowhere any more. @returns Whether it was open until now. */
export async function closeRun(db: Db, at: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('first_run')
    .set({ finished_at: at, token_sha256: '', session_sha256: '' })
    .where('finished_at', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return false
  await db.updateTable('first_run_step').set({ document: null }).execute()
  return true
}
