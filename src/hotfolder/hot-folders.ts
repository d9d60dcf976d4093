import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/database.ts'
import type { HotFolder } from './model.ts'
import { listHotFolders } from './store.ts'
import { HotFolderWatch, type WatchDeps } from './watch.ts'

export interface HotFolders {
  /** Finish the files under way. */
  stop(): Promise<void>
}

const LOOK_MS = 1_000

/** Watch every hot folder that there is or will be, each by itself, until stopped. */
export function startHotFolders(deps: WatchDeps & { readonly db: Db }): HotFolders {
  const { db, log, timing } = deps
  const stopping = new AbortController()
  const { signal } = stopping
  const watches = new Map<string, HotFolderWatch>()

  const look = async () => {
    const wanted = new Map((await listHotFolders(db)).map((folder) => [nameOf(folder), folder]))
    for (const [name, watch] of watches) {
      if (wanted.has(name)) continue
      watches.delete(name)
      await watch.stop()
    }
    for (const [name, folder] of wanted) {
      if (watches.has(name)) continue
      const watch = new HotFolderWatch(deps, folder)
      watches.set(name, watch)
      watch.start()
      log.info({ sealId: folder.sealId }, 'hot folder: watched')
    }
  }
  const run = async () => {
    while (!signal.aborted) {
      await look().catch((error) => log.error({ err: error }, 'hot folders: they cannot be listed'))
      await sleep(timing?.lookMs ?? LOOK_MS, undefined, { signal }).catch(() => {})
    }
    await Promise.all([...watches.values()].map((watch) => watch.stop()))
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

/** The same seal with another client is another folder. */
function nameOf({ sealId, client }: HotFolder): string {
  return `${sealId} ${client.id}`
}
