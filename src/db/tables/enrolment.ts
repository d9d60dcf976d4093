/** Tables of migration 0005. */
export type EnrolmentSchema = Record<never, never>
