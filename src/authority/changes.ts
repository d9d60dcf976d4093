import type { Db, Tx } from '../db/database.ts'
import type { Row } from '../db/schema.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { CERTIFICATE_HOLD, type Change, HOLD_MS, TRANSITIONS } from './life.ts'
import type { AuthorityName } from './model.ts'
import { tellWithdrawn } from './reminders.ts'
import { changeState, findCertificateById } from './store.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
  publishCrl(ca: AuthorityName): Promise<void>
  /** Make the answers of OCSP that a change has made untrue; the HSM may be away. */
  signOcsp(certificateId: string): Promise<void>
}

/** What a change sets besides the state. */
type Sets = Omit<Parameters<typeof changeState>[2], 'from' | 'state'>

/**
 * The life of certificates after their birth. Each change and its journal entry commit together; then
 * CRL and OCSP say it. When the HSM cannot sign that CRL the change stands all the same, and
 * `publishWhatIsDue` makes up for it; OCSP says what is so as soon as it can sign.
 *
 * All throw AppError `not-found` when there is no such certificate, or none in a state to do this.
 */
export function makeChanges({ db, now, publishCrl, signOcsp }: Deps) {
  /** Revoke for ever. @param reason - CRLReason (RFC 5280 §5.3.1). */
  async function revoke(id: string, reason: number, actor: string): Promise<void> {
    const sets = { withdrawnAt: second(now()), revocation_reason: reason, held_until: null }
    await withdraw('revoke', id, actor, sets)
  }

  /** Put on hold for thirty days at most (RFC 5280 §5.3.1 certificateHold). */
  async function suspend(id: string, actor: string): Promise<void> {
    const at = second(now())
    const sets = { withdrawnAt: at, revocation_reason: CERTIFICATE_HOLD, held_until: at + HOLD_MS }
    await withdraw('suspend', id, actor, sets)
  }

  /** Take it off hold: it vanishes from the CRL. */
  async function resume(id: string, actor: string): Promise<void> {
    const sets = { revoked_at: null, revocation_reason: null, held_until: null }
    await withdraw('resume', id, actor, sets)
  }

  /** A newer certificate has its place. It is not revoked: what it signed stays good. */
  async function supersede(tx: Tx, id: string, by: string, actor: string): Promise<void> {
    await change(tx, 'supersede', id, actor, { superseded_by: by })
  }

  async function withdraw(name: Change, id: string, actor: string, sets: Sets): Promise<void> {
    const changed = await db.transaction().execute((tx) => change(tx, name, id, actor, sets))
    const issuer = await findCertificateById(db, changed.issuer_id ?? '')
    await publishCrl(issuer?.profile === 'root-ca' ? 'root' : 'issuing')
    await signOcsp(id)
  }

  async function change(
    tx: Tx,
    name: Change,
    id: string,
    actor: string,
    sets: Sets,
  ): Promise<Row<'certificate'>> {
    const { from, to, action } = TRANSITIONS[name]
    const changed = await changeState(tx, id, { from, state: to, ...sets })
    if (changed === undefined) throw noSuch(name)
    const { serial, revocation_reason: reason, superseded_by: by } = changed
    const detail = {
      serial,
      ...(reason !== null && { reason }),
      ...(by !== null && { supersededBy: by }),
    }
    await appendEntries(tx, [{ at: second(now()), actor, action, subject: id, detail }])
    if (to === 'revoked' || to === 'suspended') {
      await tellWithdrawn(tx, id, { isRevoked: to === 'revoked', at: now() })
    }
    return changed
  }

  return { revoke, suspend, resume, supersede }
}

function second(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

const COULD: Record<Change, string> = {
  revoke: 'revoked',
  suspend: 'suspended',
  resume: 'resumed',
  supersede: 'superseded',
}

function noSuch(name: Change): AppError {
  return new AppError(
    'not-found',
    `There is no certificate of this id that could be ${COULD[name]}.`,
    { hints: { change: name } },
  )
}
