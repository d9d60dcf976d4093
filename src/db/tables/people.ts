/** Tables of migration 0003. */
export type PeopleSchema = Record<never, never>
