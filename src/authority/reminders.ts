import type { Db, Tx } from '../db/database.ts'
import { enqueueNotice } from '../notices/enqueue.ts'
import { type Dependant, holderOf, listDependants } from './catalogue.ts'
import {
  findTold,
  listDeciders,
  listDelegationParties,
  listEnding,
  listGiven,
  listOverdueHolds,
  markGiven,
  type Recipient,
  type ToldCertificate,
} from './reminders-store.ts'

const DAY_MS = 86_400_000
/** How many days before the end somebody is told, the first one first. */
export const REMINDER_DAYS = [60, 30, 15, 7, 1] as const

interface Deps {
  readonly db: Db
  readonly now: () => number
}

/** The reminder that is due so many days before an end; undefined when it is too early for any. */
export function dueReminder(daysLeft: number): (typeof REMINDER_DAYS)[number] | undefined {
  return REMINDER_DAYS.findLast((days) => daysLeft <= days)
}

/** Notices about certificates: each one is given once, whoever asks how often. */
export function makeReminders({ db, now }: Deps) {
  /**
   * Tell holders, administrators, and whoever has to do with a delegation that hangs on it. What was
   * missed while nothing ran is made up for by the most urgent reminder alone.
   *
   * @returns How many certificates were told of.
   */
  async function remind(): Promise<number> {
    const at = now()
    let told = 0
    for (const certificate of await listEnding(db, {
      from: at,
      to: at + REMINDER_DAYS[0] * DAY_MS,
    })) {
      const daysLeft = Math.ceil((certificate.not_after - at) / DAY_MS)
      const due = dueReminder(daysLeft)
      const given = await listGiven(db, certificate.id)
      if (due === undefined || given.some((kind) => Number(kind) <= due)) continue
      if (await give(certificate, String(due), (tx) => tellEnding(tx, certificate, daysLeft))) {
        told += 1
      }
    }
    for (const certificate of await listOverdueHolds(db, at)) {
      // Each hold of its own: the version tells one from the next.
      const kind = `hold-${certificate.version}`
      if (await give(certificate, kind, (tx) => tellHold(tx, certificate))) told += 1
    }
    return told
  }

  /** Notice and note of it commit together: a crash between two certificates repeats neither. */
  async function give(
    { id: certificateId }: ToldCertificate,
    kind: string,
    tell: (tx: Tx) => Promise<void>,
  ): Promise<boolean> {
    return db.transaction().execute(async (tx) => {
      if (!(await markGiven(tx, { certificateId, kind, at: now() }))) return false
      await tell(tx)
      return true
    })
  }

  async function tellEnding(tx: Tx, certificate: ToldCertificate, days: number): Promise<void> {
    const dependants = (await listDependants(tx, [certificate])).get(certificate.id) ?? []
    const delegations = dependants.flatMap(({ kind, id }) => (kind === 'delegation' ? [id] : []))
    const others = [
      ...(await listDelegationParties(tx, delegations)),
      ...(await listDeciders(tx, certificate, now())),
    ]
    for (const { isOwn, ...to } of recipientsOf(certificate, others)) {
      const data = {
        ...{ certificateId: certificate.id, holder: holderOf(certificate), isOwn, days },
        endsAt: certificate.not_after,
        dependants: describeDependants(dependants, to.locale),
      }
      await enqueueNotice(tx, { kind: 'certificate.ending', channel: 'mail', data, ...to }, now())
    }
  }

  async function tellHold(tx: Tx, certificate: ToldCertificate): Promise<void> {
    const deciders = await listDeciders(tx, certificate, now())
    for (const { isOwn, ...to } of recipientsOf(certificate, deciders)) {
      const data = {
        ...{ certificateId: certificate.id, holder: holderOf(certificate), isOwn },
        endsAt: certificate.held_until ?? 0,
      }
      const kind = 'certificate.hold-to-decide'
      await enqueueNotice(tx, { kind, channel: 'mail', data, ...to }, now())
    }
  }

  return { remind }
}

/** Tell the holder that somebody has suspended or revoked his certificate, when it is a person's. */
export async function tellWithdrawn(
  tx: Tx,
  id: string,
  { isRevoked, at }: { readonly isRevoked: boolean; readonly at: number },
): Promise<void> {
  const certificate = await findTold(tx, id)
  if (certificate === undefined) return
  const [holder] = recipientsOf(certificate, [])
  if (holder === undefined) return
  const { isOwn: _, ...to } = holder
  const data = { holder: holderOf(certificate), serial: certificate.serial, isRevoked }
  await enqueueNotice(tx, { kind: 'certificate.withdrawn', channel: 'mail', data, ...to }, at)
}

/** The holder first; everybody once. */
function recipientsOf(certificate: ToldCertificate, others: readonly Recipient[]) {
  const { person_id: personId, email, locale } = certificate
  const isKnown = personId !== null && email !== null && locale !== null
  const holder: Recipient[] = isKnown ? [{ personId, email, locale }] : []
  const all = new Map<string, Recipient>()
  for (const one of [...holder, ...others]) all.set(one.personId, all.get(one.personId) ?? one)
  return [...all.values()].map(({ email: to, ...one }) => ({
    ...one,
    to,
    isOwn: one.personId === personId,
  }))
}

const NAMES = {
  fr: { seal: 'cachet', delegation: 'délégation' },
  en: { seal: 'seal', delegation: 'delegation' },
} as const

function describeDependants(dependants: readonly Dependant[], locale: 'fr' | 'en'): string {
  return dependants.map(({ kind, name }) => `${NAMES[locale][kind]} ${name}`).join(', ')
}
