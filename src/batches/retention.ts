import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Db } from '../db/database.ts'
import type { BatchFiles } from './files/batch-files.ts'
import { isBatchId } from './files/batch-paths.ts'
import { removeBatch } from './lifecycle.ts'
import { findUnknown, takeExpired } from './retention-store.ts'
import { listExpired } from './store.ts'

export interface RetentionDeps {
  readonly db: Db
  readonly files: BatchFiles
  /** The folder of all batches. */
  readonly dir: string
  readonly now: () => number
  readonly log: Logger
}

export interface Retention {
  /** Remove nothing more. */
  stop(): Promise<void>
}

const ROUND_MS = 5 * 60_000
const BATCHES_PER_ROUND = 200
/** So long a batch is left to whoever took it. */
const HOLD_MS = 3_600_000
const DAY_MS = 86_400_000
const FOLDERS_AT_ONCE = 200

/** Remove what has expired every few minutes, and what crashes left behind once a day. */
export function startRetention(deps: RetentionDeps): Retention {
  const stopping = new AbortController()
  const { signal } = stopping
  let sweptAt = Number.NEGATIVE_INFINITY
  const round = async () => {
    await removeExpired(deps, signal)
    if (deps.now() - sweptAt < DAY_MS) return
    sweptAt = deps.now()
    await sweepOrphans(deps, signal)
  }
  const attempt = () =>
    round().catch((error) => deps.log.error({ err: error }, 'batches: a clearing failed'))
  let running = attempt()
  const timer = setInterval(() => {
    running = running.then(attempt)
  }, ROUND_MS)
  return {
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await running
    },
  }
}

/** Remove batches whose time is over, some of them if they are many. Each by one node alone. */
export async function removeExpired(deps: RetentionDeps, signal?: AbortSignal): Promise<void> {
  const { db, now, log } = deps
  for (const expired of await listExpired(db, now(), BATCHES_PER_ROUND)) {
    if (signal?.aborted === true) return
    try {
      const batch = await takeExpired(db, expired, now() + HOLD_MS)
      if (batch === undefined) continue
      await removeBatch(deps, batch, 'server')
      log.info({ batchId: batch.id }, 'batches: one has expired and was removed')
    } catch (error) {
      log.error({ err: error, batchId: expired.id }, 'batches: an expired one could not be removed')
    }
  }
}

/**
 * Remove folders without a batch: what is left when a removal is cut short after the rows. They must
 * be older than a day, for the folder of a new batch may be seen before its row is.
 */
export async function sweepOrphans(deps: RetentionDeps, signal?: AbortSignal): Promise<void> {
  const { db, files, log } = deps
  for await (const ids of oldFolders(deps)) {
    for (const id of await findUnknown(db, ids)) {
      if (signal?.aborted === true) return
      await files.remove(id)
      log.warn({ batchId: id }, 'batches: a folder without a batch was removed')
    }
  }
}

async function* oldFolders({ dir, now }: RetentionDeps): AsyncGenerator<string[]> {
  let ids: string[] = []
  for await (const { name } of await opendir(dir)) {
    if (!isBatchId(name)) continue
    const found = await stat(join(dir, name)).catch(() => undefined)
    if (found === undefined || now() - found.mtimeMs < DAY_MS) continue
    ids.push(name)
    if (ids.length < FOLDERS_AT_ONCE) continue
    yield ids
    ids = []
  }
  if (ids.length > 0) yield ids
}
