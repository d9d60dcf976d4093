import { createHash } from 'node:crypto'
import type { FinishedSignature, PreparedSignature } from '../ades/pades.ts'
import type { ApiClient } from '../clients/model.ts'
import type { Delegation } from '../rights/can.ts'
import { type Seal, type SealOptions, WARNINGS, warningsOf } from './model.ts'
import type { Act } from './recorder.ts'
import type { OperationRow } from './store.ts'

interface Sealed {
  readonly operationId: string
  /** Unix ms. */
  readonly at: number
  readonly client: ApiClient
  readonly seal: Seal
  readonly delegation: Delegation
  readonly options: SealOptions
  readonly requestId: string
  readonly prepared: PreparedSignature
  readonly finished: FinishedSignature
}

/** One sealing as it is written down: the operation, and the journal entry that proves it. */
export function evidenceOf(sealed: Sealed): Pick<Act, 'operation' | 'entry'> {
  const { operationId, at, client, seal, delegation, prepared, finished } = sealed
  const operation = {
    id: operationId,
    at,
    kind: 'seal',
    seal_id: seal.id,
    client_id: client.id,
    delegation_id: delegation.id,
    delegation_version: delegation.version,
    key_id: seal.keyId,
    certificate_id: seal.certificate.id,
    level: sealed.options.level,
    field_name: prepared.plan.fieldName,
    original_sha256: hex(prepared.originalSha256),
    sealed_sha256: hex(finished.sha256),
    signed_digest: hex(prepared.digest),
    bytes: prepared.originalBytes + finished.appendix.length,
    request_id: sealed.requestId,
    warnings: warningsOf(prepared.plan).join(),
  } as const
  const entry = {
    at,
    actor: `client:${client.id}`,
    action: 'document.sealed',
    subject: operationId,
    detail: {
      seal: seal.id,
      key: seal.keyId,
      certificate: seal.certificate.serial,
      delegation: `${delegation.number} v${delegation.version}`,
      originalSha256: operation.original_sha256,
      sealedSha256: operation.sealed_sha256,
      signedDigest: operation.signed_digest,
      ...(operation.warnings !== '' && { warnings: operation.warnings }),
    },
  }
  return { operation, entry }
}

/** A seal as a client that may apply it is told. */
export function describeSeal(seal: Seal, delegation: Delegation) {
  const { id, name, organisation, state, algorithm, certificate } = seal
  return {
    id,
    name,
    organisation,
    state,
    signatureAlgorithm: algorithm,
    certificate: {
      subject: certificate.subject,
      serial: certificate.serial,
      notAfter: iso(certificate.notAfter),
    },
    delegation: {
      number: delegation.number,
      version: delegation.version,
      validFrom: iso(delegation.validFrom),
      validTo: delegation.validTo === null ? null : iso(delegation.validTo),
    },
  }
}

/** An operation with its evidence, as its client is told. */
export function describeOperation(row: OperationRow) {
  return {
    id: row.id,
    at: iso(row.at),
    kind: row.kind,
    seal: row.seal_id,
    actor: { kind: 'api-client', id: row.client_id, name: row.client_name } as const,
    delegation: { number: row.delegation_number, version: row.delegation_version },
    key: { id: row.key_id, algorithm: row.key_algorithm },
    certificate: {
      serial: row.serial,
      subject: row.subject,
      sha256: createHash('sha256').update(row.der).digest('hex'),
    },
    level: row.level,
    fieldName: row.field_name,
    originalSha256: row.original_sha256,
    sealedSha256: row.sealed_sha256,
    signedDigest: row.signed_digest,
    warnings: WARNINGS.filter((warning) => row.warnings.split(',').includes(warning)),
    bytes: row.bytes,
    requestId: row.request_id,
    journal: { seq: row.journal_seq, hash: row.journal_hash },
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
