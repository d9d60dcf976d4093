/** Tables of migration 0009. */
export type FirstRunSchema = Record<never, never>
