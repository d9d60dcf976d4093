import { randomUUID } from 'node:crypto'
import {
  DEFAULT_SIGNATURE_ALGORITHM,
  type KeyAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../../hsm/algorithms.ts'
import { type KeyMaker, sealName } from '../authority/model.ts'
import type { Authority } from '../authority/service.ts'
import type { Db } from '../db/database.ts'
import type { Logo } from '../engine/seal-kit.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { readLogo } from '../pdf/drawing/logo.ts'
import type { Organisation } from '../people/model.ts'
import type { Seal } from './model.ts'
import {
  changeSealState,
  countDelegations,
  findSeal,
  insertDelegation,
  insertSeal,
} from './store.ts'

export interface SealAdministration {
  readonly db: Db
  readonly keys: KeyMaker
  readonly authority: Authority
  readonly now: () => number
}

const SEAL_ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/

/**
 * Make a seal: a key born in the token, a certificate on it, and the seal that uses both.
 *
 * @throws AppError `invalid-request` when the id is malformed or taken, or the key cannot make
 *   signatures of the algorithm, or the logo cannot be drawn.
 */
export async function createSeal(
  { db, keys, authority, now }: SealAdministration,
  wanted: {
    readonly id: string
    readonly name: string
    readonly organisation: Organisation
    readonly keyAlgorithm: KeyAlgorithm
    readonly algorithm?: SignatureAlgorithm
    readonly logo?: Logo
  },
): Promise<void> {
  const { id, name, organisation, keyAlgorithm, logo } = wanted
  const { algorithm = DEFAULT_SIGNATURE_ALGORITHM[keyAlgorithm] } = wanted
  if (!SEAL_ID.test(id)) {
    throw new AppError(
      'invalid-request',
      `${id} is no seal id: use a-z, 0-9 and hyphens, at most 64.`,
    )
  }
  if ((await findSeal(db, id)) !== undefined) {
    throw new AppError('invalid-request', `There is a seal ${id} already.`)
  }
  if (!SIGNATURE_ALGORITHMS[algorithm].keys.some((one) => one === keyAlgorithm)) {
    throw new AppError('invalid-request', `A ${keyAlgorithm} key cannot sign with ${algorithm}.`)
  }
  if (logo !== undefined) readLogo(logo)
  const key = await keys.generateKey({ algorithm: keyAlgorithm, label: `Sceau seal ${id}` })
  const certificate = await authority.issue({
    profile: 'seal',
    subject: sealName(organisation, name),
    publicKey: key.publicKey,
    key,
    organisationId: organisation.id,
  })
  const at = now()
  await db.transaction().execute(async (tx) => {
    await insertSeal(tx, {
      id,
      organisation_id: organisation.id,
      name,
      key_id: key.keyId,
      certificate_id: certificate.id,
      signature_algorithm: algorithm,
      state: 'active',
      logo: logo === undefined ? null : Buffer.from(logo.bytes),
      logo_type: logo?.type ?? null,
      created_at: at,
    })
    const detail = { name, key: key.keyId, certificate: certificate.serial, algorithm }
    await appendEntries(tx, [
      { at, actor: 'operator', action: 'seal.created', subject: id, detail },
    ])
  })
}

const CHANGES = {
  suspend: { from: ['active'], to: 'suspended', action: 'seal.suspended' },
  resume: { from: ['suspended'], to: 'active', action: 'seal.resumed' },
  retire: { from: ['active', 'suspended'], to: 'retired', action: 'seal.retired' },
} as const satisfies Record<string, { from: Seal['state'][]; to: Seal['state']; action: string }>

export type SealChange = keyof typeof CHANGES

/** Move a seal to another state. @throws AppError `invalid-request` when it is not in a state to. */
export async function changeSeal(
  { db, now }: Pick<SealAdministration, 'db' | 'now'>,
  id: string,
  change: SealChange,
): Promise<void> {
  const { from, to, action } = CHANGES[change]
  const at = now()
  await db.transaction().execute(async (tx) => {
    if (!(await changeSealState(tx, id, from, to))) {
      throw new AppError('invalid-request', `There is no seal ${id} that is ${from.join(' or ')}.`)
    }
    await appendEntries(tx, [{ at, actor: 'operator', action, subject: id, detail: {} }])
  })
}

/** Let an API client apply a seal for a time: a delegation of kind `seal`, «D-2026-001» and so on. */
export async function delegateSeal(
  { db, now }: Pick<SealAdministration, 'db' | 'now'>,
  granted: {
    readonly organisationId: string
    readonly sealId: string
    readonly clientId: string
    /** Unix ms, exclusive; null without end. */
    readonly validTo: number | null
    readonly grantorPersonId?: string
  },
): Promise<string> {
  const { organisationId, sealId, clientId, validTo, grantorPersonId } = granted
  if ((await findSeal(db, sealId)) === undefined) {
    throw new AppError('seal-not-found', `There is no seal ${sealId}.`)
  }
  const at = now()
  return db.transaction().execute(async (tx) => {
    const year = new Date(at).getUTCFullYear()
    const count = await countDelegations(tx, organisationId)
    const number = `D-${year}-${String(count + 1).padStart(3, '0')}`
    const id = randomUUID()
    await insertDelegation(tx, {
      id,
      number,
      version: 1,
      kind: 'seal',
      organisation_id: organisationId,
      grantor_person_id: grantorPersonId ?? null,
      grantee_client_id: clientId,
      grantee_person_id: null,
      seal_id: sealId,
      valid_from: at,
      valid_to: validTo,
      state: 'active',
      created_at: at,
    })
    const detail = { number, version: 1, kind: 'seal', seal: sealId, client: clientId, validTo }
    await appendEntries(tx, [
      { at, actor: 'operator', action: 'delegation.granted', subject: id, detail },
    ])
    return number
  })
}
