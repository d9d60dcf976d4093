import type { Telling } from '../../../views/mail/templates.ts'
import type { Tx } from '../../db/database.ts'
import { appendEntries } from '../../journal/store.ts'
import { enqueueNotice } from '../../notices/enqueue.ts'
import { findHolder } from './account-store.ts'
import { describeDevice } from './device.ts'
import type { Origin } from './model.ts'

export type FactorKind = 'passkey' | 'totp' | 'recovery-codes' | 'password' | 'oidc'

type Told = Extract<Telling, { readonly kind: `account.${string}` }>

/** Tell a person by mail what happened to his account, in the transaction of what happened. */
export async function tellHolder(
  tx: Tx,
  { personId, told, at }: { personId: string; told: Told; at: number },
): Promise<void> {
  const holder = await findHolder(tx, { id: personId })
  if (holder === undefined) return
  const { email: to, locale } = holder
  await enqueueNotice(tx, { ...told, to, personId, locale }, at)
}

/** An entry about a person by himself, or by the system. */
export async function journal(
  tx: Tx,
  entry: {
    readonly at: number
    readonly personId: string
    readonly action: string
    readonly detail?: Readonly<Record<string, string | number | boolean | null>>
    readonly actor?: string
  },
): Promise<void> {
  const { at, personId, action, detail = {}, actor = `person:${personId}` } = entry
  await appendEntries(tx, [{ at, actor, action, subject: personId, detail }])
}

/** A change of factors: journalled and told. */
export async function noteFactor(
  tx: Tx,
  change: {
    readonly at: number
    readonly personId: string
    readonly factor: FactorKind
    readonly what: 'added' | 'removed'
  },
): Promise<void> {
  const { at, personId, factor, what } = change
  await journal(tx, { at, personId, action: `factor.${what}`, detail: { factor } })
  const told = { kind: `account.factor-${what}`, channel: 'mail', data: { factor } } as const
  await tellHolder(tx, { personId, told, at })
}

/** «Firefox, Windows»: names that are the same in each language. */
export function deviceLine({ userAgent }: Origin): string {
  const { browser, system } = describeDevice(userAgent)
  return [browser, system].filter((part) => part !== undefined).join(', ')
}
