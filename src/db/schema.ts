import type { Generated, Insertable, Selectable } from 'kysely'
import type { AccountsSchema } from './tables/accounts.ts'
import type { CertificatesSchema } from './tables/certificates.ts'
import type { EnrolmentSchema } from './tables/enrolment.ts'
import type { FirstRunSchema } from './tables/first-run.ts'
import type { NoticesSchema } from './tables/notices.ts'
import type { PeopleSchema } from './tables/people.ts'
import type { VaultSchema } from './tables/vault.ts'

export type Dialect = 'sqlite' | 'postgres'

/** Times are Unix ms, digests lower-case hex, `*_json` canonical JSON text, flags 0 or 1. */
export interface Schema
  extends PeopleSchema,
    AccountsSchema,
    EnrolmentSchema,
    NoticesSchema,
    CertificatesSchema,
    VaultSchema,
    FirstRunSchema {
  seal: SealTable
  api_client: ApiClientTable
  delegation: DelegationTable
  operation: OperationTable
  idempotency: IdempotencyTable
  batch: BatchTable
  batch_document: BatchDocumentTable
  batch_chunk: BatchChunkTable
  webhook_delivery: WebhookDeliveryTable
  webhook_attempt: WebhookAttemptTable
  hot_folder: HotFolderTable
  journal_entry: JournalEntryTable
  journal_head: JournalHeadTable
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
  /** Share of the engine beside other clients. */
  weight: Generated<number>
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
  /** `digest`: a signature over a digest whose document stayed with the client. */
  kind: 'seal' | 'digest'
  seal_id: string
  client_id: string
  delegation_id: string
  delegation_version: number
  key_id: string
  certificate_id: string
  /** Of a digest: `cms` or `raw`. */
  level: string
  /** Of a digest: empty. */
  field_name: string
  /** Of a digest: the digest that was given, by the hash of the seal's algorithm. */
  original_sha256: string
  /** Of a digest: of the signature that was given out. */
  sealed_sha256: string
  /** The digest the HSM signed. */
  signed_digest: string
  bytes: number
  request_id: string
  /** Of the document, separated by commas; empty for most. */
  warnings: string
  journal_seq: number
  /** Its place, from 0, among the operations that share the entry; null when the entry is its own. */
  leaf_index: number | null
  /** RFC 9162 hash of its leaf in the entry's Merkle tree. */
  leaf_hash: Uint8Array | null
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

interface BatchTable {
  id: string
  client_id: string
  seal_id: string
  label: string | null
  /** `SealOptions`. */
  options_json: string
  /** Of the request that opened it: every operation of the batch names it. */
  request_id: string
  idempotency_key: string | null
  request_sha256: string
  callback_url: string | null
  callback_secret: string | null
  state: 'open' | 'queued' | 'running' | 'completed' | 'completed_with_failures' | 'cancelled'
  /** The problem that keeps the documents that are left waiting; null while they are worked on. */
  waiting_json: string | null
  total: number
  sealed: number
  failed: number
  /** Number of the last document event: they are numbered 1, 2, 3 … in each batch. */
  event_no: number
  /** Documents a second, as a mean that forgets (`model.ts`), at the time `rate_at`. */
  rate: number
  rate_at: number
  created_at: number
  started_at: number | null
  finished_at: number | null
  /** When its files are removed; null while it is open or at work. */
  expires_at: number | null
}

interface BatchDocumentTable {
  batch_id: string
  /** 1, 2, 3 … in the order of arrival. */
  seq: number
  name: string
  bytes: number
  /** Of the original. */
  sha256: string
  /** The original: a range of a file of the batch's folder. */
  pack: string
  pack_offset: number
  state: 'pending' | 'sealed' | 'failed'
  problem_json: string | null
  operation_id: string | null
  /** The appended section: a range of another. */
  log: string | null
  log_offset: number | null
  appended_bytes: number | null
  sealed_sha256: string | null
  /** Number of the event that told how it ended; null while pending. */
  event_no: number | null
}

/** Documents that one node works on together. The row is there until all of them are done. */
interface BatchChunkTable {
  batch_id: string
  first_seq: number
  last_seq: number
  /** Who holds it; null when it is to be had. */
  node: string | null
  /** Raised by each claim, so that a holder that was given up for dead cannot write any more. */
  claims: number
  /** How many holders vanished with it. */
  lost: number
  /** A holder that has not renewed it by then is given up for dead. By the database's clock. */
  lease_until: number | null
}

interface WebhookDeliveryTable {
  id: string
  batch_id: string
  body_json: string
  state: 'waiting' | 'delivered' | 'given-up'
  attempts: number
  next_at: number
  created_at: number
}

interface WebhookAttemptTable {
  delivery_id: string
  number: number
  at: number
  duration_ms: number
  status: number | null
  error: string | null
}

/** A watched folder is a client without a key: it holds delegations as any other. */
interface HotFolderTable {
  seal_id: string
  client_id: string
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
