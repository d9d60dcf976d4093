import { randomUUID } from 'node:crypto'
import { AppError } from '../errors.ts'
import type { Channel, Outcome, Send } from '../notices/model.ts'
import { findIdentity } from './administrator.ts'
import { requireReached } from './model.ts'
import { findFirstRun } from './store.ts'
import { over, type StepDeps, takeStep } from './take-step.ts'

/** Each channel that is configured. */
export type Senders = Readonly<Partial<Record<Channel, Send>>>

/** What came of a test message. */
export interface SentTest {
  readonly channel: Channel
  readonly to: string
  readonly ok: boolean
  /** A status or the words of the other side. */
  readonly said: string
}

const PATIENCE_MS = 60_000

/**
 * Really send a test message to the administrator by each channel that is configured. The step is
 * done when every one of them was accepted.
 *
 * @throws AppError `invalid-request` out of order, or when nothing is configured.
 */
export async function tryMessages(
  deps: StepDeps & { readonly senders: Senders },
): Promise<readonly SentTest[]> {
  const { db, now, senders } = deps
  const run = await findFirstRun(db)
  if (run === undefined || run.finishedAt !== null) throw over()
  requireReached(run, 'messages')
  const identity = await findIdentity(db, run)
  if (identity === undefined) throw new RangeError('a step after the third has no administrator')
  const sent: SentTest[] = []
  for (const channel of CHANNELS) {
    const send = senders[channel]
    if (send === undefined) continue
    const to = channel === 'mail' ? identity.email : identity.mobile
    const at = now()
    const outcome = await send(testNotice(channel, { to, locale: run.locale, at }), at)
    sent.push({ channel, to, ok: outcome.state === 'accepted', said: wordsOf(outcome) })
  }
  if (sent.length === 0) {
    throw new AppError('invalid-request', 'Neither mail nor SMS is configured: nothing was sent.')
  }
  if (sent.every(({ ok }) => ok)) {
    const tested = sent.map(({ channel }) => channel)
    await takeStep(deps, 'messages', async () => ({ detail: { tested } }))
  }
  return sent
}

/** Go on without mail: what would be sent is read in the administration until then. */
export async function leaveMessages(deps: StepDeps): Promise<void> {
  await takeStep(deps, 'messages', async () => ({ detail: { later: true } }))
}

const CHANNELS: readonly Channel[] = ['mail', 'sms']

function testNotice(
  channel: Channel,
  { to, locale, at }: { to: string; locale: 'fr' | 'en'; at: number },
) {
  return {
    ...{ id: randomUUID(), channel, locale, data: {} },
    kind: `appliance.${channel}-test`,
    recipient: to,
    attempt: 1,
    createdAt: at,
    expiresAt: at + PATIENCE_MS,
  }
}

function wordsOf(outcome: Outcome): string {
  return outcome.state === 'accepted' ? '' : `${outcome.code} ${outcome.words}`
}
