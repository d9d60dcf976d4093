import type { Generated } from 'kysely'

/** Organisations, persons, memberships: tables of migration 0001, widened by 0003, and new ones. */
export interface PeopleSchema {
  organisation: OrganisationTable
  person: PersonTable
  membership: MembershipTable
  member_function: MemberFunctionTable
  signing_capacity: SigningCapacityTable
}

interface OrganisationTable {
  id: string
  kind: 'council' | 'firm' | 'agc' | 'other'
  name: string
  siren: string
  created_at: number
  /** Lines of text, as on a letter. */
  address: Generated<string>
  settings_json: Generated<string>
}

interface PersonTable {
  id: string
  given_name: string
  family_name: string
  /** In lower case: it makes the person unique. */
  email: string
  created_at: number
  /** E.164. */
  mobile: Generated<string | null>
  /** Number of the professional register. */
  professional_id: Generated<string | null>
  locale: Generated<'fr' | 'en'>
}

interface MembershipTable {
  id: string
  organisation_id: string
  person_id: string
  valid_from: number
  valid_to: number | null
  state: 'invited' | 'active' | 'suspended' | 'ended'
  /** As the inviting organisation wrote them; what it sees until the person has accepted. */
  given_name: Generated<string>
  family_name: Generated<string>
  /** Family name, given name and e-mail without case and accents: to sort and to search. */
  sort_name: Generated<string>
  /** When it came into its state. */
  state_at: Generated<number>
}

interface MemberFunctionTable {
  id: string
  membership_id: string
  function: string
  /** Inclusive. */
  valid_from: number
  /** Exclusive; null without end. */
  valid_to: number | null
  created_at: number
}

interface SigningCapacityTable {
  id: string
  function_id: string
  /** Printed and signed with the act: «Président du conseil régional de …». */
  text: string
  type: 'social' | 'technical' | 'self'
}
