import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../schema.ts'
import { tableMaker } from './create-table.ts'

/** Data keys of what is kept encrypted, each wrapped by a key of the HSM. */
export async function vaultTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { create, integer, bytes } = tableMaker(db, dialect)
  await create('vault_wrapping_key', (t) =>
    t
      .addColumn('generation', integer, (c) => c.primaryKey())
      .addColumn('key_id', 'text', (c) => c.notNull().unique())
      .addColumn('state', 'text', (c) =>
        c.notNull().check(sql`state in ('making', 'active', 'retired')`),
      )
      .addColumn('claim', 'text', (c) => c.notNull())
      .addColumn('claimed_until', integer, (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await create('vault_data_key', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('wrapping_generation', integer, (c) =>
        c.notNull().references('vault_wrapping_key.generation'),
      )
      .addColumn('wrapped', bytes, (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('active', 'retired')`))
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
}
