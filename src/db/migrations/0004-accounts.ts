import type { Kysely } from 'kysely'
import type { Dialect } from '../schema.ts'

export async function accountsTables(_db: Kysely<unknown>, _dialect: Dialect): Promise<void> {}
