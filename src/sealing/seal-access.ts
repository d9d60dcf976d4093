import type { Db } from '../db/database.ts'
import { isSameKit } from '../engine/seal-kit.ts'
import { AppError } from '../errors.ts'
import { can, type Delegation } from '../rights/can.ts'
import { refusalError, requireUsable, type Seal } from './model.ts'
import { findSeal } from './store.ts'

/** Seals are read again after this time, so that a suspension or a revocation bites at once. */
const SEAL_REMEMBERED_MS = 250

export interface SealAccess {
  /** @throws AppError `seal-not-found`. */
  get(sealId: string): Promise<Seal>
  /**
   * A seal that this client may apply now, and the delegation that allows it.
   *
   * @throws AppError for every reason not to.
   */
  forUse(
    sealId: string,
    client: { readonly id: string },
  ): Promise<{ readonly seal: Seal; readonly delegation: Delegation }>
}

/** The one way to a seal, for single documents, streams and batches. */
export function makeSealAccess({ db, now }: { db: Db; now: () => number }): SealAccess {
  const get = rememberSeals(db, now)
  return {
    get,
    async forUse(sealId, client) {
      const seal = await get(sealId)
      const at = now()
      const delegation = requireDelegation(seal, client, at)
      requireUsable(seal, at)
      return { seal, delegation }
    },
  }
}

/** The delegation by which this client may apply the seal now, if any. */
export function findDelegation(
  seal: Seal,
  client: { readonly id: string },
  now: number,
): Delegation | undefined {
  const decision = decide(seal, client, now)
  return decision.allowed && typeof decision.by !== 'string' ? decision.by : undefined
}

function rememberSeals(db: Db, now: () => number): (id: string) => Promise<Seal> {
  const remembered = new Map<string, { seal: Promise<Seal | undefined>; since: number }>()
  return async (id) => {
    const at = now()
    let known = remembered.get(id)
    // A clock that is set back must not make a suspended seal live on.
    if (known === undefined || Math.abs(at - known.since) >= SEAL_REMEMBERED_MS) {
      const before = known?.seal
      known = { seal: findSeal(db, id).then((seal) => withKnownTools(seal, before)), since: at }
      remembered.set(id, known)
      known.seal.then(
        (seal) => seal ?? remembered.delete(id),
        () => remembered.delete(id),
      )
    }
    const seal = await known.seal
    if (seal === undefined) {
      throw new AppError('seal-not-found', `There is no seal ${id}.`, { hints: { sealId: id } })
    }
    return seal
  }
}

function decide(seal: Seal, { id }: { readonly id: string }, now: number) {
  const act = { action: 'seal.apply', sealId: seal.id } as const
  return can({ kind: 'api-client', id }, act, seal.delegations, now)
}

function requireDelegation(seal: Seal, client: { readonly id: string }, now: number): Delegation {
  const decision = decide(seal, client, now)
  if (!decision.allowed) throw refusalError(decision.because, { sealId: seal.id })
  if (typeof decision.by === 'string') throw new RangeError('a seal is applied by delegation only')
  return decision.by
}

/** What is made of a kit costs time, and threads know it by its identity: it lives on unchanged. */
async function withKnownTools(
  seal: Seal | undefined,
  before: Promise<Seal | undefined> | undefined,
): Promise<Seal | undefined> {
  const known = await before?.catch(() => undefined)
  if (seal === undefined || known === undefined) return seal
  return isSameKit(seal.tools.kit, known.tools.kit) ? { ...seal, tools: known.tools } : seal
}
