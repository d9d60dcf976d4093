import type { ApiClient } from '../clients/model.ts'
import type { SealedOutcome } from '../engine/job.ts'
import type { SealOptions } from '../engine/seal-options.ts'
import type { NewEntry } from '../journal/entry.ts'
import type { Delegation } from '../rights/can.ts'
import type { Seal } from './model.ts'
import type { Act } from './recorder.ts'

/** What the journal proves of an operation and may be the same for many. */
export interface SharedProof {
  readonly seal: string
  /** CKA_ID in hex. */
  readonly key: string
  /** Serial of the seal's certificate. */
  readonly certificate: string
  readonly delegation: string
}

/** Whether a detail says all that is the same for many. */
export function isSharedProof<Detail extends NewEntry['detail']>(
  detail: Detail,
): detail is Detail & SharedProof {
  return [detail.seal, detail.key, detail.certificate, detail.delegation].every(
    (member) => typeof member === 'string',
  )
}

/** What the journal proves of one document's operation. Digests are lower-case hex. */
export interface OwnProof {
  readonly originalSha256: string
  readonly sealedSha256: string
  /** The digest the HSM signed. */
  readonly signedDigest: string
  /** Separated by commas; empty for most. */
  readonly warnings: string
}

/** The detail of the entry that proves one operation alone. */
export function detailOf(shared: SharedProof, own: OwnProof) {
  const { seal, key, certificate, delegation } = shared
  const { originalSha256, sealedSha256, signedDigest, warnings } = own
  return {
    ...{ seal, key, certificate, delegation, originalSha256, sealedSha256, signedDigest },
    ...(warnings !== '' && { warnings }),
  } satisfies NewEntry['detail']
}

/**
 * Encodes the leaf that proves an operation in an entry of many (docs/JOURNAL.md): RFC 8785 JSON of
 * `detailOf`, the operation's id and its time. Laid out by hand, for what is the same in all leaves
 * is encoded once: thousands are made in a second.
 */
export function makeEncodeLeaf(
  shared: SharedProof,
): (operation: OwnProof & { readonly id: string; readonly at: number }) => string {
  const under = `"certificate":${quote(shared.certificate)}`
  const right = `"delegation":${quote(shared.delegation)},"key":${quote(shared.key)}`
  const seal = `"seal":${quote(shared.seal)}`
  return ({ id, at, originalSha256, sealedSha256, signedDigest, warnings }) => {
    const first = `{"at":${at},${under},${right},"operation":${quote(id)}`
    const second = `"originalSha256":${quote(originalSha256)},${seal}`
    const third = `"sealedSha256":${quote(sealedSha256)},"signedDigest":${quote(signedDigest)}`
    return `${first},${second},${third}${warnings === '' ? '' : `,"warnings":${quote(warnings)}`}}`
  }
}

const quote = (text: string) => JSON.stringify(text)

export function actorName(clientId: string): string {
  return `client:${clientId}`
}

export function delegationName({ number, version }: Pick<Delegation, 'number' | 'version'>) {
  return `${number} v${version}`
}

interface Sealed {
  readonly operationId: string
  /** Unix ms. */
  readonly at: number
  readonly client: ApiClient
  readonly seal: Seal
  readonly delegation: Delegation
  readonly options: SealOptions
  readonly requestId: string
  readonly outcome: SealedInMemory
}

/** What the engine says of a document whose appended section came back. */
export interface SealedInMemory extends SealedOutcome {
  readonly appended: Uint8Array
}

/** One sealing as it is written down: the operation, and the journal entry that proves it. */
export function evidenceOf(sealed: Sealed): Pick<Act, 'operation' | 'entry'> {
  const { operationId, at, client, seal, delegation, outcome } = sealed
  const own = {
    originalSha256: outcome.originalSha256,
    sealedSha256: outcome.sealedSha256,
    signedDigest: outcome.signedDigest,
    warnings: outcome.warnings.join(),
  }
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
    field_name: outcome.fieldName,
    original_sha256: own.originalSha256,
    sealed_sha256: own.sealedSha256,
    signed_digest: own.signedDigest,
    bytes: outcome.originalBytes + outcome.appended.length,
    request_id: sealed.requestId,
    warnings: own.warnings,
  } as const
  const shared = sharedProof(seal, delegation)
  const entry = {
    at,
    actor: actorName(client.id),
    action: 'document.sealed',
    subject: operationId,
    detail: detailOf(shared, own),
  }
  return { operation, entry }
}

export function sharedProof(
  seal: Pick<Seal, 'id' | 'keyId'> & { readonly certificate: Pick<Seal['certificate'], 'serial'> },
  delegation: Pick<Delegation, 'number' | 'version'>,
): SharedProof {
  return {
    seal: seal.id,
    key: seal.keyId,
    certificate: seal.certificate.serial,
    delegation: delegationName(delegation),
  }
}
