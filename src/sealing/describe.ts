import { createHash } from 'node:crypto'
import { WARNINGS, type Warning } from '../engine/seal-options.ts'
import type { Delegation } from '../rights/can.ts'
import type { Seal } from './model.ts'
import type { OperationProof } from './operation-proof.ts'
import type { OperationRow } from './store.ts'

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
export function describeOperation(row: OperationRow, journal: OperationProof) {
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
    warnings: parseWarnings(row.warnings),
    bytes: row.bytes,
    requestId: row.request_id,
    journal,
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** Warnings as an operation's row keeps them: separated by commas. */
export function parseWarnings(text: string): Warning[] {
  return WARNINGS.filter((warning) => text.split(',').includes(warning))
}
