import type { Db, Tx } from '../db/database.ts'
import { AppError } from '../errors.ts'
import type { NewEntry } from '../journal/entry.ts'
import { appendEntries } from '../journal/store.ts'
import { type FirstRun, requireReached, type StepDetail, type StepName } from './model.ts'
import { changeRun, findFirstRun, putStep, type RunChange } from './store.ts'

export interface StepDeps {
  readonly db: Db
  readonly now: () => number
}

/** What becomes of a step. */
export interface Taken {
  readonly detail: StepDetail
  readonly document?: Uint8Array
  readonly change?: RunChange
  /** What else happened, beside that the step was done. */
  readonly entries?: readonly Omit<NewEntry, 'at' | 'actor'>[]
}

/**
 * Do a step: its effects, its row and its journal entries in one transaction, behind the lock of
 * the first run's row. Done again, it replaces what it did before.
 *
 * @param work - What the step does in that transaction. It may run for a step that is done.
 * @throws AppError `not-found` once the first run is over, `invalid-request` out of order.
 */
export async function takeStep(
  { db, now }: StepDeps,
  step: StepName,
  work: (run: FirstRun, tx: Tx, at: number) => Promise<Taken>,
): Promise<void> {
  const at = now()
  await db.transaction().execute(async (tx) => {
    // An update of nothing: who comes at the same time waits here.
    const isOpen = await changeRun(tx, {})
    const run = await findFirstRun(tx)
    if (!isOpen || run === undefined) throw over()
    requireReached(run, step)
    const { detail, document, change = {}, entries = [] } = await work(run, tx, at)
    await changeRun(tx, change)
    await putStep(tx, step, { detail, at, ...(document !== undefined && { document }) })
    const actor = actorOf({ personId: change.personId ?? run.personId })
    await appendEntries(tx, [
      ...entries.map((entry) => ({ at, actor, ...entry })),
      { at, actor, action: 'first-run.step-done', subject: step, detail: {} },
    ])
  })
}

/** Until there is an administrator, whoever holds the link is the operator. */
export function actorOf({ personId }: Pick<FirstRun, 'personId'>): string {
  return personId === null ? 'operator' : `person:${personId}`
}

export function over(): AppError {
  return new AppError('not-found', 'The first run is over.')
}
