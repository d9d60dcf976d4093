import type { Generated, Insertable, Selectable } from 'kysely'

export type Dialect = 'sqlite' | 'postgres'

/** Times are Unix ms, digests lower-case hex, `*_json` canonical JSON text, flags 0 or 1. */
export interface Schema {
  organisation: OrganisationTable
  person: PersonTable
  membership: MembershipTable
  signing_key: SigningKeyTable
  certificate: CertificateTable
  crl: CrlTable
  seal: SealTable
  api_client: ApiClientTable
  delegation: DelegationTable
  operation: OperationTable
  idempotency: IdempotencyTable
  journal_entry: JournalEntryTable
  journal_head: JournalHeadTable
}

interface OrganisationTable {
  id: string
  kind: 'council' | 'firm' | 'agc' | 'other'
  name: string
  siren: string
  created_at: number
}

interface PersonTable {
  id: string
  given_name: string
  family_name: string
  email: string
  created_at: number
}

interface MembershipTable {
  id: string
  organisation_id: string
  person_id: string
  function: string
  valid_from: number
  valid_to: number | null
  state: 'invited' | 'active' | 'suspended' | 'ended'
}

interface SigningKeyTable {
  /** Hex CKA_ID. */
  id: string
  label: string
  algorithm: string
  /** DER SubjectPublicKeyInfo. */
  public_key: Uint8Array
  /** The token's own word on how the key was born. */
  birth_json: string
  purpose: 'root-ca' | 'issuing-ca' | 'seal' | 'person'
  state: 'generated' | 'active' | 'disabled' | 'destroyed'
  created_at: number
}

interface CertificateTable {
  id: string
  profile: 'root-ca' | 'issuing-ca' | 'seal' | 'person' | 'tls'
  /** Null for a root. */
  issuer_id: string | null
  /** Null when the key is not in the token. */
  key_id: string | null
  /** Hex. */
  serial: string
  subject: string
  der: Uint8Array
  not_before: number
  not_after: number
  state: 'active' | 'suspended' | 'revoked' | 'superseded'
  revoked_at: number | null
  /** CRLReason (RFC 5280 §5.3.1). */
  revocation_reason: number | null
  created_at: number
}

interface CrlTable {
  issuer_id: string
  number: number
  der: Uint8Array
  this_update: number
  next_update: number
}

interface SealTable {
  id: string
  organisation_id: string
  name: string
  key_id: string
  certificate_id: string
  signature_algorithm: string
  state: 'draft' | 'active' | 'suspended' | 'retired'
  logo: Uint8Array | null
  logo_type: 'png' | 'jpeg' | null
  created_at: number
}

interface ApiClientTable {
  id: string
  name: string
  /** SHA-256 of the key's secret. */
  key_sha256: string
  created_at: number
  revoked_at: number | null
  last_used_at: number | null
}

interface DelegationTable {
  id: string
  number: string
  version: number
  kind: 'sign' | 'prepare' | 'seal' | 'launch'
  organisation_id: string
  grantor_person_id: string | null
  grantee_client_id: string | null
  grantee_person_id: string | null
  seal_id: string | null
  valid_from: number
  valid_to: number | null
  state: 'active' | 'suspended' | 'revoked'
  created_at: number
}

interface OperationTable {
  id: string
  at: number
  kind: 'seal'
  seal_id: string
  client_id: string
  delegation_id: string
  delegation_version: number
  key_id: string
  certificate_id: string
  level: string
  field_name: string
  original_sha256: string
  sealed_sha256: string
  /** The digest the HSM signed. */
  signed_digest: string
  bytes: number
  request_id: string
  /** Of the document, separated by commas; empty for most. */
  warnings: string
  journal_seq: number
}

interface IdempotencyTable {
  client_id: string
  key: string
  request_sha256: string
  operation_id: string
  /** SHA-256 of the stored appendix, its name in the file store. */
  appendix_sha256: string
  created_at: number
}

interface JournalEntryTable {
  seq: number
  at: number
  actor: string
  action: string
  subject: string
  detail_json: string
  previous_hash: string
  hash: string
}

/** One row: how long the journal is and what its last hash is. */
interface JournalHeadTable {
  id: Generated<number>
  seq: number
  hash: string
}

export type Row<Table extends keyof Schema> = Selectable<Schema[Table]>
export type NewRow<Table extends keyof Schema> = Insertable<Schema[Table]>
