/** Tables of migration 0004. */
export type AccountsSchema = Record<never, never>
