import { type Kysely, Migrator } from 'kysely'
import { firstTables } from './migrations/0001-first-tables.ts'
import { batches } from './migrations/0002-batches.ts'
import type { Dialect, Schema } from './schema.ts'

/** Bring the schema up to date. Migrations are listed here, not found in a folder. */
export async function migrate(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () => ({
        '0001-first-tables': { up: (on) => firstTables(on, dialect) },
        '0002-batches': { up: (on) => batches(on, dialect) },
      }),
    },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
