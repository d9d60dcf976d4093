import type { Db } from '../db/database.ts'
import { transact } from '../db/transact.ts'
import { AppError } from '../errors.ts'
import type { MakeId } from '../ids.ts'
import { appendEntries } from '../journal/store.ts'
import { functionsThatMay, type MemberFunction } from '../rights/matrix.ts'
import { insertFunction } from './functions-store.ts'
import type { Organisation } from './model.ts'
import {
  findPerson,
  insertMembership,
  insertOrganisation,
  listOrganisationsBySiren,
} from './store.ts'

/** A further organisation, and what its founder is in it. */
export interface Founding {
  readonly kind: Exclude<Organisation['kind'], 'council'>
  readonly name: string
  /** Checked already. */
  readonly siren: string
  readonly address: string
  readonly function: MemberFunction
  /** Id of the person who founds it; the table of rights says who may. */
  readonly by: string
}

/**
 * Found a further organisation. Its founder is its first member and administers it.
 *
 * @returns Its id.
 * @throws AppError `invalid-request` with the hint `reason`: `siren-taken`, `no-administrator` when
 * the function does not administer an organisation of this kind.
 */
export async function foundFurtherOrganisation(
  { db, now, makeId }: { readonly db: Db; readonly now: () => number; readonly makeId: MakeId },
  founding: Founding,
): Promise<string> {
  const { kind, name, siren, address, by } = founding
  requireAdministrating(founding)
  const at = now()
  const id = makeId(at)
  await transact(db, async (tx) => {
    await insertOrganisation(tx, { id, kind, name, siren, address }, at)
    const founder = await findPerson(tx, by)
    if (founder === undefined) throw new RangeError('somebody founds who is no person')
    const membership = {
      id: makeId(at),
      organisationId: id,
      personId: by,
      state: 'active',
    } as const
    const open = { validFrom: at, validTo: null }
    await insertMembership(tx, { ...founder, ...membership, ...open }, at)
    const first = { id: makeId(at), function: founding.function, ...open }
    await insertFunction(tx, membership.id, first, at)
    const entered = { organisation: id, function: founding.function }
    await appendEntries(tx, [
      {
        at,
        actor: `person:${by}`,
        action: 'organisation.founded',
        subject: id,
        detail: { name, kind },
      },
      { at, actor: `person:${by}`, action: 'member.entered', subject: by, detail: entered },
    ])
    // Asked behind the journal's lock: of two that found the same one only the first may.
    if ((await listOrganisationsBySiren(tx, siren)).length > 1) throw taken()
  })
  return id
}

function requireAdministrating({ kind, function: held }: Founding): void {
  if (functionsThatMay('member.invite', kind).includes(held)) return
  throw new AppError('invalid-request', 'The founder must be able to administer it.', {
    hints: { reason: 'no-administrator', field: 'function' },
  })
}

function taken(): AppError {
  return new AppError(
    'invalid-request',
    'An organisation of this SIREN is on the appliance: its administrator can invite you.',
    { hints: { reason: 'siren-taken', field: 'siren' } },
  )
}
