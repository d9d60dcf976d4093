import type { Logger } from 'pino'
import type { Db } from '../db/database.ts'
import type { Dialect } from '../db/schema.ts'
import { claimDue, expireNotices, forgetNotices, recordAttempt } from './claims.ts'
import { type Channel, type DueNotice, type Outcome, type Send, whatNext } from './model.ts'

export interface NoticesDeps {
  readonly db: Db
  readonly dialect: Dialect
  /** How each channel sends; notices of a channel that is not there wait. */
  readonly senders: Readonly<Partial<Record<Channel, Send>>>
  readonly now: () => number
  /** Evenly from [0, 1). */
  readonly random: () => number
  readonly log: Logger
  /** How often is looked for notices that are due. */
  readonly lookMs?: number
}

export interface NoticeWorker {
  /** Something was just committed: look at once. */
  wake(): void
  /** Begin no attempt more, and wait for those under way. */
  stop(): Promise<void>
}

const LOOK_MS = 1_000
const AT_ONCE_MAX = 8
/** Longer than an attempt can take. */
const HOLD_MS = 120_000
const SWEEP_MS = 60_000
const KEPT_MS = 90 * 86_400_000

/** Send what the outbox holds until stopped, each notice until it is accepted, refused or too old. */
export function startNotices(deps: NoticesDeps): NoticeWorker {
  const { db, log, now, lookMs = LOOK_MS } = deps
  const underWay = new Set<Promise<void>>()
  let sweptAt = Number.NEGATIVE_INFINITY
  let isStopping = false
  let timer: NodeJS.Timeout | undefined

  const look = async () => {
    await sweepIfDue()
    for (const notice of await claim(deps, AT_ONCE_MAX - underWay.size)) {
      const attempt = attemptNotice(deps, notice)
        // Not written down, it is due again when its hold ends.
        .catch((error) => log.error({ err: error, id: notice.id }, 'notice: an attempt failed'))
        .finally(() => {
          underWay.delete(attempt)
          wake()
        })
      underWay.add(attempt)
    }
  }
  const sweepIfDue = async () => {
    const at = now()
    if (at - sweptAt < SWEEP_MS) return
    sweptAt = at
    await expireNotices(db, at)
    await forgetNotices(db, at - KEPT_MS)
  }
  const run = async () => {
    await look().catch((error) => log.error({ err: error }, 'notice: none could be taken'))
    isLooking = false
    if (isWoken && !isStopping) start()
    else if (!isStopping) timer = setTimeout(start, lookMs)
  }
  let isLooking = false
  let isWoken = false
  let looking = Promise.resolve()
  const start = () => {
    clearTimeout(timer)
    isLooking = true
    isWoken = false
    looking = run()
  }
  const wake = () => {
    if (isStopping) return
    if (isLooking) isWoken = true
    else start()
  }
  start()
  return {
    wake,
    async stop() {
      isStopping = true
      await looking
      clearTimeout(timer)
      await Promise.all(underWay)
    },
  }
}

async function claim({ db, dialect, senders, now }: NoticesDeps, limit: number) {
  if (limit <= 0) return []
  const channels: Channel[] = []
  if (senders.mail !== undefined) channels.push('mail')
  if (senders.sms !== undefined) channels.push('sms')
  const at = now()
  return claimDue(db, dialect, { channels, now: at, heldUntil: at + HOLD_MS, limit })
}

async function attemptNotice(deps: NoticesDeps, notice: DueNotice): Promise<void> {
  const { id, kind, channel, attempt } = notice
  const outcome = await sendNotice(deps, notice)
  const at = deps.now()
  const next = whatNext(notice, outcome, { now: at, random: deps.random() })
  const words = outcome.state === 'accepted' ? null : outcome.words
  await recordAttempt(deps.db, notice, { ...next, words, at })
  const told = { id, kind, channel, attempt, ...('code' in outcome && { code: outcome.code }) }
  if (next.state === 'sent') deps.log.info(told, 'notice: sent')
  else deps.log.warn(told, `notice: not sent, ${next.state}`)
}

/** A notice that no template can say any more will not be said by trying again. */
async function sendNotice(deps: NoticesDeps, notice: DueNotice): Promise<Outcome> {
  const send = deps.senders[notice.channel]
  if (send === undefined) throw new RangeError(`nothing sends ${notice.channel}`)
  try {
    return await send(notice, deps.now())
  } catch (error) {
    deps.log.error({ err: error, id: notice.id, kind: notice.kind }, 'notice: cannot be written')
    return { state: 'refused', code: 'unwritable', words: 'The notice could not be written.' }
  }
}
