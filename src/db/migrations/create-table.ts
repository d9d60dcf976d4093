import { type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { Dialect } from '../schema.ts'

type Define = (table: CreateTableBuilder<string>) => CreateTableBuilder<string, string>

/** How this database calls what we store, and a maker of tables that takes nothing else in a column. */
export function tableMaker(db: Kysely<unknown>, dialect: Dialect) {
  const isSqlite = dialect === 'sqlite'
  return {
    bytes: isSqlite ? sql`blob` : sql`bytea`,
    integer: isSqlite ? sql`integer` : sql`bigint`,
    real: isSqlite ? sql`real` : sql`double precision`,
    async create(name: string, define: Define): Promise<void> {
      const table = define(db.schema.createTable(name))
      await (isSqlite ? table.modifyEnd(sql`strict`) : table).execute()
    },
  }
}
