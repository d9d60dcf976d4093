/** Tables of migration 0008. */
export type VaultSchema = Record<never, never>
