/** Tables of migration 0006. */
export type NoticesSchema = Record<never, never>
