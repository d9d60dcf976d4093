import { sql } from 'kysely'
import { openStore } from '../appliance.ts'
import type { Config } from '../config.ts'
import type { Db } from '../db/database.ts'
import { findFirstOrganisation } from '../people/store.ts'
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts'

/** The database, and whether anything is in it. */
export async function examineDatabase(config: Config): Promise<Finding[]> {
  const mend = 'Check DATABASE_URL, and that the database runs and lets this user in.'
  let db: Db
  try {
    db = await openStore(config)
  } catch (error) {
    return [fail('database', reasonOf(error), mend)]
  }
  try {
    await sql`select 1`.execute(db)
    const organisation = await findFirstOrganisation(db)
    const founded =
      organisation === undefined
        ? warn('organisation', 'nothing is founded yet', 'Run sceau init.')
        : ok('organisation', organisation.name)
    return [ok('database', 'answers, its schema is up to date'), founded]
  } catch (error) {
    return [fail('database', reasonOf(error), mend)]
  } finally {
    await db.destroy()
  }
}
