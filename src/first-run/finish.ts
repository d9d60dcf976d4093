import type { Tx } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { type FirstRun, firstOpenStep } from './model.ts'
import { changeRun, closeRun, findFirstRun } from './store.ts'
import { actorOf, over, type StepDeps } from './take-step.ts'

/**
 * End the first run for ever: its link and its pages lead nowhere from here on.
 *
 * @param also - What else belongs to the end, in the same transaction.
 * @returns Id of the first administrator.
 * @throws AppError `invalid-request` when a step is not done, `not-found` when it is over.
 */
export async function finishFirstRun(
  { db, now }: StepDeps,
  also: (tx: Tx, run: FirstRun) => Promise<void> = async () => {},
): Promise<string> {
  const at = now()
  return db.transaction().execute(async (tx) => {
    const isOpen = await changeRun(tx, {})
    const run = await findFirstRun(tx)
    if (!isOpen || run === undefined) throw over()
    const left = firstOpenStep(run)
    if (left !== undefined || run.personId === null) {
      const message = `The step «${left ?? 'administrator'}» is not done.`
      throw new AppError('invalid-request', message, { hints: { step: left ?? 'administrator' } })
    }
    await also(tx, run)
    await closeRun(tx, at)
    await appendEntries(tx, [
      {
        at,
        actor: actorOf(run),
        action: 'first-run.finished',
        subject: 'first-run',
        detail: {},
      },
    ])
    return run.personId
  })
}
