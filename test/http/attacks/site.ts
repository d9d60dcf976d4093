import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { pino } from 'pino'
import { createApp } from '../../../src/app.ts'
import { type Appliance, makeAppliance } from '../../../src/appliance.ts'
import { readConfig } from '../../../src/config.ts'
import { openDatabase } from '../../../src/db/database.ts'
import type { GuardAccess } from '../../../src/guard-access.ts'
import type { Env } from '../../../src/http/env.ts'
import { type WebDeps, webRoutes } from '../../../src/http/web/routes.ts'
import { makeMetrics } from '../../../src/metrics.ts'
import { startPeopleWork } from '../../../src/people-work.ts'
import { makeSoftwareToken } from '../../support/software-token.ts'
import { GUARD } from '../../views/shell-samples.ts'

export const PUBLIC_URL = 'https://sceau.conseil.example'

/** The whole HTTP surface over the services of the product, on a token in memory. */
export interface Site {
  readonly app: Hono<Env>
  /** The pages alone, to be walked by their routes. */
  readonly web: ReturnType<typeof webRoutes>
  readonly deps: WebDeps
  readonly appliance: Appliance
  close(): Promise<void>
}

/** @param databaseUrl - SQLite in a folder of its own when it is left out. */
export async function openSite(databaseUrl?: string): Promise<Site> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-attacks-'))
  const config = readConfig({
    SCEAU_DATA_DIR: dir,
    SCEAU_PUBLIC_URL: PUBLIC_URL,
    DATABASE_URL: databaseUrl,
  })
  const log = pino({ level: 'silent' })
  const db = await openDatabase(config.databaseUrl)
  const appliance = makeAppliance(config, { db, guard: makeGuard() })
  const work = await startPeopleWork(config, appliance, log)
  const deps: WebDeps = {
    ...work.web,
    guardStatus: () => appliance.guard.status(),
    checkReadiness: async () => ({ ready: true, checks: {} }),
    listSettings: async () => [],
  }
  const { authority } = appliance
  const app = createApp(
    standIn({
      ...{ log, authority, web: deps, metrics: makeMetrics() },
      checkReadiness: deps.checkReadiness,
    }),
  )
  return {
    ...{ app, deps, appliance, web: webRoutes(deps) },
    async close() {
      await work.close()
      await db.destroy()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** A token in memory that also keeps secrets, as far as the pages use it. */
function makeGuard(): GuardAccess {
  const { generateKey, signDigest } = makeSoftwareToken()
  const flip = async (_keyId: string, secret: Uint8Array) => secret.map((byte) => byte ^ 0x5a)
  return standIn({
    ...{ generateKey, signDigest, wrapSecret: flip, unwrapSecret: flip, socketPath: '' },
    generateWrappingKey: async () => ({ birth: { local: true } }),
    listKeys: async () => [],
    destroyKey: async () => ({ wasThere: false }),
    status: async () => GUARD,
    close: async () => {},
  })
}

/** What the pages ask of it; what they must not ask fails when it is asked. */
function standIn(parts: Readonly<Record<string, unknown>>) {
  return new Proxy(Object.create(null), {
    get: (_target, name) =>
      parts[String(name)] ??
      (() => {
        throw new Error(`${String(name)} was asked`)
      }),
  })
}
