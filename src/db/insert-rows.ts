import { type CompiledQuery, sql } from 'kysely'
import type { Db } from './database.ts'
import type { NewRow, Schema } from './schema.ts'

/** Larger groups are rare enough to be compiled each time. */
const COMPILED_ROWS_MAX = 64

/**
 * Inserts into a table on the way of every sealing. Building and compiling a statement costs more
 * than running it, and its text depends on the number of rows alone: it is compiled once for each.
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
    if (rows.length === 0) return
    const { adapter } = db.getExecutor()
    const known = compiled.get(adapter) ?? new Map<number, CompiledQuery>()
    compiled.set(adapter, known)
    const query = known.get(rows.length) ?? compile(db, rows.length)
    if (rows.length <= COMPILED_ROWS_MAX) known.set(rows.length, query)
    const parameters = rows.flatMap((row) => columns.map((column) => row[column]))
    await db.executeQuery({ ...query, parameters })
  }

  function compile(db: Db, count: number): CompiledQuery {
    const row = sql`(${sql.join(columns.map(() => null))})`
    const rows = sql.join(Array.from({ length: count }, () => row))
    const names = sql.join(columns.map((column) => sql.ref(column)))
    return sql`insert into ${sql.table(table)} (${names}) values ${rows}`.compile(db)
  }
}
