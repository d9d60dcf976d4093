import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { findWays } from '../people/accounts/account-store.ts'
import { hasStrongFactor } from '../people/accounts/factor-rules.ts'
import type { Origin, StartedSession } from '../people/accounts/model.ts'
import type { Accounts } from '../people/accounts/service.ts'
import { firstOpenStep } from './model.ts'
import { changeRun, closeRun, findFirstRun } from './store.ts'
import { actorOf, over, type StepDeps } from './take-step.ts'

export interface FinishDeps extends StepDeps {
  readonly accounts: Pick<Accounts, 'startSessionIn'>
}

/**
 * End the first run for ever: its link and its pages lead nowhere from here on.
 *
 * The administrator is signed in, at the browser that ends it.
 *
 * @throws AppError `invalid-request` when a step is not done or he has no factor, `not-found` when
 *   it is over.
 */
export async function finishFirstRun(
  { db, now, accounts }: FinishDeps,
  browser: Origin,
): Promise<StartedSession> {
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
    const { personId } = run
    const ways = await findWays(tx, personId)
    if (!hasStrongFactor(ways)) throw noFactor()
    await closeRun(tx, at)
    const entry = { at, actor: actorOf(run), action: 'first-run.finished', subject: 'first-run' }
    await appendEntries(tx, [{ ...entry, detail: {} }])
    // The link is all that this browser has shown: sensitive acts ask for a factor.
    return accounts.startSessionIn(tx, { personId, methods: ['password'], ...browser })
  })
}

function noFactor(): AppError {
  return new AppError(
    'invalid-request',
    'The administrator has no second factor yet: add one to finish.',
    { hints: { step: 'administrator' } },
  )
}
