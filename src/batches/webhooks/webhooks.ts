import type { Logger } from 'pino'
import type { Db } from '../../db/database.ts'
import type { Dialect } from '../../db/schema.ts'
import { nextAttemptAt } from '../../retry-delay.ts'
import { type Attempted, claimDue, type DueDelivery, recordAttempt } from './delivery-store.ts'
import type { SendMessage, SendOutcome } from './send-message.ts'
import { signMessage } from './sign-message.ts'

export interface WebhooksDeps {
  readonly db: Db
  readonly dialect: Dialect
  readonly send: SendMessage
  readonly now: () => number
  /** Evenly from [0, 1). */
  readonly random: () => number
  readonly log: Logger
  /** How often is looked for messages that are due. */
  readonly lookMs?: number
}

export interface Webhooks {
  /** Begin no attempt more, and wait for those under way. */
  stop(): Promise<void>
}

const LOOK_MS = 1_000
/** Attempts at once: a receiver that hangs holds one of them for ten seconds. */
const AT_ONCE_MAX = 32
/** Longer than an attempt can take. */
const HOLD_MS = 60_000
const GONE = 410

/** Send the messages of finished batches until stopped, each until it is delivered or given up. */
export function startWebhooks(deps: WebhooksDeps): Webhooks {
  const { db, dialect, now, log, lookMs = LOOK_MS } = deps
  const underWay = new Set<Promise<void>>()
  let isStopping = false
  let timer: NodeJS.Timeout | undefined

  const look = async () => {
    const free = AT_ONCE_MAX - underWay.size
    if (free <= 0) return
    const at = now()
    const due = await claimDue(db, dialect, { now: at, heldUntil: at + HOLD_MS, limit: free })
    for (const delivery of due) {
      const attempt = attemptDelivery(deps, delivery)
        // Not written down, it is due again when its hold ends.
        .catch((error) => log.error({ err: error, id: delivery.id }, 'webhook: an attempt failed'))
        .finally(() => underWay.delete(attempt))
      underWay.add(attempt)
    }
  }
  const run = async () => {
    await look().catch((error) => log.error({ err: error }, 'webhook: none could be taken'))
    if (!isStopping) timer = setTimeout(start, lookMs)
  }
  let looking = Promise.resolve()
  const start = () => {
    looking = run()
  }
  start()
  return {
    async stop() {
      isStopping = true
      await looking
      clearTimeout(timer)
      await Promise.all(underWay)
    },
  }
}

async function attemptDelivery(deps: WebhooksDeps, delivery: DueDelivery): Promise<void> {
  const { id, batchId, url, body, secret, attempt } = delivery
  const at = deps.now()
  const begun = performance.now()
  const outcome = await deps.send({
    url,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Sceau',
      ...signMessage({ id, at, body, secret }),
    },
  })
  const durationMs = Math.round(performance.now() - begun)
  const next = whatNext(deps, delivery, outcome)
  const { status, error } = { status: undefined, error: undefined, ...outcome }
  await recordAttempt(deps.db, delivery, { at, durationMs, status, error, ...next })
  const told = { id, batchId, attempt, durationMs, ...outcome }
  if (next.state === 'delivered') deps.log.info(told, 'webhook: delivered')
  else deps.log.warn(told, `webhook: not delivered, ${next.state}`)
}

function whatNext(
  { now, random }: WebhooksDeps,
  { attempt, createdAt }: DueDelivery,
  outcome: SendOutcome,
): Pick<Attempted, 'state' | 'nextAt'> {
  const at = now()
  const status = 'status' in outcome ? outcome.status : 0
  if (status >= 200 && status < 300) return { state: 'delivered', nextAt: at }
  if (status === GONE) return { state: 'given-up', nextAt: at }
  const failed = { attempts: attempt, createdAt, now: at, random: random() }
  const nextAt = nextAttemptAt(failed)
  return nextAt === undefined ? { state: 'given-up', nextAt: at } : { state: 'waiting', nextAt }
}
