import { type CompiledQuery, sql } from 'kysely'
import type { Db } from './database.ts'
import type { NewRow, Schema } from './schema.ts'

/** More rows take several statements: so few texts are kept, and SQLite's 32,766 variables suffice. */
const ROWS_PER_STATEMENT = 64

/**
 * Inserts into a table on the way of every sealing. Building and compiling a statement costs more
 * than running it, and its text depends on the number of rows alone: it is compiled once for each.
 * Call it in a transaction, for many rows take several statements.
 *
 * @param columns - Those that are written, which every row must have.
 */
export function makeInsertRows<Table extends keyof Schema>(
  table: Table,
  columns: readonly (keyof NewRow<Table> & string)[],
): (db: Db, rows: readonly NewRow<Table>[]) => Promise<void> {
  // By dialect: what differs between them is in the adapter, which all transactions share.
  const compiled = new WeakMap<object, Map<number, CompiledQuery>>()

  return async (db, rows) => {
    const { adapter } = db.getExecutor()
    const known = compiled.get(adapter) ?? new Map<number, CompiledQuery>()
    compiled.set(adapter, known)
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
      const some = rows.slice(from, from + ROWS_PER_STATEMENT)
      const query = known.get(some.length) ?? compile(db, some.length)
      known.set(some.length, query)
      const parameters: unknown[] = []
      for (const row of some) for (const column of columns) parameters.push(row[column])
      await db.executeQuery({ ...query, parameters })
    }
  }

  function compile(db: Db, count: number): CompiledQuery {
    const row = sql`(${sql.join(columns.map(() => null))})`
    const rows = sql.join(Array.from({ length: count }, () => row))
    const names = sql.join(columns.map((column) => sql.ref(column)))
    return sql`insert into ${sql.table(table)} (${names}) values ${rows}`.compile(db)
  }
}
