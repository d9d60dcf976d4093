/** A legal person: the boundary of isolation, the owner of seals. */
export interface Organisation {
  readonly id: string
  readonly kind: 'council' | 'firm' | 'agc' | 'other'
  readonly name: string
  readonly siren: string
}

/** One human, unique on the appliance. */
export interface Person {
  readonly id: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
}

/** What a person is in an organisation, for a term. */
export interface Membership {
  readonly organisationId: string
  readonly personId: string
  readonly function: MemberFunction
  /** Unix ms. */
  readonly validFrom: number
  readonly validTo: number | null
}

export type MemberFunction =
  | 'president'
  | 'vice-president'
  | 'secretary-general'
  | 'treasurer'
  | 'elected'
  | 'permanent'
  | 'accountant'
  | 'staff'
