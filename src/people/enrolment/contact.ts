import type { Tx } from '../../db/database.ts'
import { transact } from '../../db/transact.ts'
import { AppError } from '../../errors.ts'
import { enqueueNotice } from '../../notices/enqueue.ts'
import { findPerson } from '../store.ts'
import { countTry, findCode, putCode, useCode } from './code-store.ts'
import {
  type Channel,
  CODE_TRIES,
  type CodeVerdict,
  judgeCode,
  macOf,
  makeCode,
  nextCode,
  waitBeforeSending,
} from './codes.ts'
import type { EnrolmentDeps } from './deps.ts'
import { outOfStep, takeStep } from './steps.ts'
import { changeEnrolment, type Enrolment, findEnrolment } from './store.ts'

type Deps = Pick<EnrolmentDeps, 'db' | 'now' | 'codeSecret'>

/** E.164, mobile numbers of any country. */
const MOBILE = /^\+[1-9]\d{7,14}$/

/** «06 12 34 56 78» and «+33 6 12 34 56 78» are the same number. @returns undefined when it is none. */
export function normaliseMobile(typed: string): string | undefined {
  const digits = typed.replace(/[\s().-]/g, '').replace(/^00/, '+')
  const number = /^0[67]\d{8}$/.test(digits) ? `+33${digits.slice(1)}` : digits
  return MOBILE.test(number) ? number : undefined
}

/**
 * Send a code to the address of a channel. A new number has to be shown anew.
 *
 * @param mobile - For the channel `sms`: the number, in E.164.
 * @throws AppError `too-many-requests` with `retryAfterSeconds`.
 */
export async function sendCode(
  { db, now, codeSecret }: Deps,
  id: string,
  { channel, mobile }: { readonly channel: Channel; readonly mobile?: string },
): Promise<void> {
  const at = now()
  const code = makeCode()
  await transact(db, async (tx) => {
    const enrolment = await getStarted(tx, id)
    const address = mobile ?? (await addressOf(tx, enrolment, channel))
    const before = await findCode(tx, id, channel)
    const waitMs = waitBeforeSending(before, at)
    if (waitMs > 0) throw tooSoon(waitMs)
    if (mobile !== undefined && mobile !== enrolment.mobile) {
      const changed = await changeEnrolment(tx, enrolment, { mobile, mobile_at: null })
      if (!changed) throw outOfStep()
    }
    const mac = macOf(codeSecret, { code, enrolmentId: id, channel, address })
    const kept = nextCode(before, mac, at)
    await putCode(tx, id, channel, kept)
    await tell(tx, enrolment, { channel, address, code, at, expiresAt: kept.expiresAt })
  })
}

async function tell(
  tx: Tx,
  { personId, organisationId }: Enrolment,
  sent: { channel: Channel; address: string; code: string; at: number; expiresAt: number },
): Promise<void> {
  const { channel, address: to, code, at, expiresAt } = sent
  const { locale } = await getPerson(tx, personId)
  const of = { to, personId, organisationId, locale, expiresAt, data: { code } }
  await enqueueNotice(
    tx,
    channel === 'mail'
      ? { kind: 'enrolment.code', channel, ...of }
      : { kind: 'enrolment.code-sms', channel, ...of },
    at,
  )
}

/**
 * Check a code that was typed. When both channels are shown to be his, the contact is verified.
 *
 * @returns How it was; only `right` moves anything.
 */
export async function checkCode(
  { db, now, codeSecret }: Deps,
  id: string,
  { channel, code }: { readonly channel: Channel; readonly code: string },
): Promise<CodeVerdict> {
  const at = now()
  const enrolment = await getStarted(db, id)
  const kept = await findCode(db, id, channel)
  const address = await addressOf(db, enrolment, channel)
  const mac = macOf(codeSecret, { code, enrolmentId: id, channel, address })
  const verdict = judgeCode(kept, mac, at)
  if (verdict === 'none' || verdict === 'expired') return verdict
  // Counted first, outside of any transaction that might be undone.
  if (!(await countTry(db, id, channel, CODE_TRIES))) return 'used-up'
  if (verdict !== 'right') return verdict
  return transact(db, async (tx) => {
    if (!(await useCode(tx, id, channel, mac))) return 'none'
    await confirm(tx, await getStarted(tx, id), channel, at)
    return 'right'
  })
}

async function confirm(tx: Tx, before: Enrolment, channel: Channel, at: number): Promise<void> {
  const step = { at, actor: `person:${before.personId}` }
  const event = channel === 'mail' ? 'verify-email' : 'verify-mobile'
  await takeStep(tx, before, event, step)
  // Read again behind the row's lock: the other channel may have been shown at the same moment.
  const enrolment = await getStarted(tx, before.id)
  if (!enrolment.proofs.includes('email') || !enrolment.proofs.includes('mobile')) return
  const { personId, mobile } = await takeStep(tx, enrolment, 'confirm-contact', step)
  await tx.updateTable('person').set({ mobile }).where('id', '=', personId).execute()
}

async function getStarted(db: Deps['db'], id: string): Promise<Enrolment> {
  const enrolment = await findEnrolment(db, id)
  if (enrolment?.state !== 'started') throw outOfStep()
  return enrolment
}

/** @throws AppError `invalid-request` before a number was typed. */
async function addressOf(
  db: Deps['db'],
  { personId, mobile }: Enrolment,
  channel: Channel,
): Promise<string> {
  if (channel === 'mail') return (await getPerson(db, personId)).email
  if (mobile === null) throw new AppError('invalid-request', 'Type your mobile number first.')
  return mobile
}

async function getPerson(db: Deps['db'], personId: string) {
  const person = await findPerson(db, personId)
  if (person === undefined) throw new RangeError(`enrolment of nobody: ${personId}`)
  return person
}

function tooSoon(waitMs: number): AppError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000)
  const message = `A code was sent a moment ago. Ask for another in ${retryAfterSeconds} seconds.`
  return new AppError('too-many-requests', message, { hints: { retryAfterSeconds } })
}
