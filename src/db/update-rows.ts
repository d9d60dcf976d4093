import { type CompiledQuery, sql } from 'kysely'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

type ColumnType = 'bigint' | 'text'

/** As for inserts: few texts are kept, and SQLite's 32,766 variables suffice. */
const ROWS_PER_STATEMENT = 64

/**
 * Updates of many rows of a table at once, each with values of its own. The statement is compiled
 * once for each number of rows. Call it in a transaction, for many rows take several statements.
 *
 * @param shape.scope - Column that has one value for all rows of a call.
 * @param shape.key - Column that tells the rows of a scope apart; written first in each row.
 * @param shape.columns - The key and what is written, with their types.
 */
export function makeUpdateRows<
  Table extends keyof Schema,
  Column extends keyof Schema[Table] & string,
>(
  table: Table,
  shape: {
    readonly scope: keyof Schema[Table] & string
    readonly key: NoInfer<Column>
    readonly columns: Readonly<Record<Column, ColumnType>>
  },
): (
  db: Db,
  scope: string,
  rows: readonly Readonly<Record<Column, string | number | null>>[],
) => Promise<void> {
  const compiled = new WeakMap<object, Map<number, CompiledQuery>>()
  const columns = Object.keys(shape.columns) as Column[]

  return async (db, scope, rows) => {
    const { adapter } = db.getExecutor()
    const known = compiled.get(adapter) ?? new Map<number, CompiledQuery>()
    compiled.set(adapter, known)
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
      const some = rows.slice(from, from + ROWS_PER_STATEMENT)
      const query = known.get(some.length) ?? compile(db, some.length)
      known.set(some.length, query)
      const parameters: unknown[] = []
      for (const row of some) {
        parameters.push(scope)
        for (const column of columns) parameters.push(row[column])
      }
      await db.executeQuery({ ...query, parameters })
    }
  }

  function compile(db: Db, count: number): CompiledQuery {
    // PostgreSQL must be told the types of parameters that stand in no column yet.
    const types = ['text', ...columns.map((column) => shape.columns[column])]
    const row = sql`(${sql.join(types.map((type) => sql`cast(${null} as ${sql.raw(type)})`))})`
    const rows = sql.join(Array.from({ length: count }, () => row))
    const names = sql.join([shape.scope, ...columns].map((column) => sql.ref(column)))
    const written = columns.filter((column) => column !== shape.key)
    const assignments = sql.join(
      written.map((column) => sql`${sql.ref(column)} = given.${sql.ref(column)}`),
    )
    // Given with each row, the scope keeps SQLite from reading all rows of it to find these.
    return sql`with given (${names}) as (values ${rows})
      update ${sql.table(table)} set ${assignments} from given
      where ${sql.ref(`${table}.${shape.key}`)} = given.${sql.ref(shape.key)}
      and ${sql.ref(`${table}.${shape.scope}`)} = given.${sql.ref(shape.scope)}`.compile(db)
  }
}
