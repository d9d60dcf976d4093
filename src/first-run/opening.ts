import type { Db } from '../db/database.ts'
import { appendEntries } from '../journal/store.ts'
import { findFirstOrganisation } from '../people/store.ts'
import { type Link, makeLink } from './link.ts'
import { closeRun, findFirstRun, putLink } from './store.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
}

/**
 * Whether the first run is still to be made or to be finished: nothing is founded here, or its
 * steps were begun and are not over.
 */
export async function isFirstRunOpen(db: Db): Promise<boolean> {
  const run = await findFirstRun(db)
  if (run !== undefined) return run.finishedAt === null
  return (await findFirstOrganisation(db)) === undefined
}

/** A new link to the first run; the one that was printed before leads nowhere any more. */
export async function openLink({ db, now }: Deps): Promise<Link> {
  const link = makeLink()
  const at = now()
  await db.transaction().execute(async (tx) => {
    await putLink(tx, link, at)
    await appendEntries(tx, [
      { at, actor: 'system', action: 'first-run.opened', subject: 'first-run', detail: {} },
    ])
  })
  return link
}

/** What was founded at the command line needs no wizard; one that was begun ends here. */
export async function closeFirstRun({ db, now }: Deps): Promise<void> {
  const at = now()
  await db.transaction().execute(async (tx) => {
    if (!(await closeRun(tx, at))) return
    await appendEntries(tx, [
      { at, actor: 'operator', action: 'first-run.closed', subject: 'first-run', detail: {} },
    ])
  })
}
