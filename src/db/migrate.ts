import { type Kysely, Migrator } from 'kysely'
import { firstTables } from './migrations/0001-first-tables.ts'
import { batches } from './migrations/0002-batches.ts'
import { peopleTables } from './migrations/0003-people.ts'
import { accountsTables } from './migrations/0004-accounts.ts'
import { enrolmentTables } from './migrations/0005-enrolment.ts'
import { noticesTables } from './migrations/0006-notices.ts'
import { certificatesTables } from './migrations/0007-certificates.ts'
import { vaultTables } from './migrations/0008-vault.ts'
import { firstRunTables } from './migrations/0009-first-run.ts'
import type { Dialect, Schema } from './schema.ts'

/** Bring the schema up to date. Migrations are listed here, not found in a folder. */
export async function migrate(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () => ({
        '0001-first-tables': { up: (on) => firstTables(on, dialect) },
        '0002-batches': { up: (on) => batches(on, dialect) },
        '0003-people': { up: (on) => peopleTables(on, dialect) },
        '0004-accounts': { up: (on) => accountsTables(on, dialect) },
        '0005-enrolment': { up: (on) => enrolmentTables(on, dialect) },
        '0006-notices': { up: (on) => noticesTables(on, dialect) },
        '0007-certificates': { up: (on) => certificatesTables(on, dialect) },
        '0008-vault': { up: (on) => vaultTables(on, dialect) },
        '0009-first-run': { up: (on) => firstRunTables(on, dialect) },
      }),
    },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
