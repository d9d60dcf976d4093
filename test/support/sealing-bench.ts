import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { SignDigest } from '../../hsm/algorithms.ts'
import { type Authority, makeAuthority } from '../../src/authority/service.ts'
import type { ApiClient } from '../../src/clients/model.ts'
import { createClient } from '../../src/clients/service.ts'
import { type Db, openDatabase } from '../../src/db/database.ts'
import type { DrawSeal } from '../../src/engine/seal-content.ts'
import type { Organisation } from '../../src/people/model.ts'
import { foundOrganisation } from '../../src/people/service.ts'
import {
  createSeal,
  delegateSeal,
  type SealAdministration,
} from '../../src/sealing/administration.ts'
import { makeFileStore } from '../../src/sealing/file-store.ts'
import { makeSealAccess } from '../../src/sealing/seal-access.ts'
import { type ApplyRequest, makeSealing, type SealingDeps } from '../../src/sealing/service.ts'
import { makeInlineEngine } from './inline-engine.ts'
import { makeSoftwareToken, type SoftwareToken } from './software-token.ts'
import { makePdf } from './test-pdf.ts'

export const START = Date.UTC(2026, 10, 24, 12)
export const COUNCIL = { kind: 'council', name: 'Conseil d’essai', siren: '123456782' } as const

/** What the engine of a sealing service is made of. */
interface SealingParts {
  readonly signDigest: SignDigest
  readonly drawSeal: DrawSeal
}

/** A council with its authority, a seal `conseil`, and a client that may apply it for a year. */
export interface SealingBench {
  readonly db: Db
  readonly token: SoftwareToken
  readonly authority: Authority
  readonly organisation: Organisation
  readonly administration: SealAdministration
  readonly client: ApiClient
  /** Unix ms, for the tests to move. */
  readonly clock: { now: number }
  readonly filesDir: string
  /** The sealing service, as one process has it. */
  makeSealing(wish?: Partial<SealingDeps & SealingParts>): ReturnType<typeof makeSealing>
}

/** @param db - A database of the test's own; one in memory when it is left out. */
export async function makeSealingBench(
  db?: Db,
  token: SoftwareToken = makeSoftwareToken(),
): Promise<SealingBench> {
  const own = db ?? (await openInMemory())
  const filesDir = await mkdtemp(join(tmpdir(), 'sceau-files-'))
  onTestFinished(() => rm(filesDir, { recursive: true }))
  const clock = { now: START }
  const now = () => clock.now
  const deps = { db: own, now }
  const { signDigest } = token
  const publicUrl = 'https://sceau.example'
  const authority = makeAuthority({ ...deps, keys: token, signDigest, publicUrl })
  const organisation = await foundOrganisation(deps, COUNCIL)
  await authority.create(organisation, 'p-256')
  const administration = { ...deps, keys: token, authority }
  const seal = { id: 'conseil', name: 'Cachet du conseil', organisation } as const
  await createSeal(administration, { ...seal, keyAlgorithm: 'p-256' })
  const { client } = await createClient(deps, 'GED')
  await delegateSeal(deps, {
    organisationId: organisation.id,
    sealId: 'conseil',
    clientId: client.id,
    validTo: START + 365 * 86_400_000,
  })
  return {
    ...{ db: own, token, authority, organisation, administration, client, clock, filesDir },
    makeSealing: ({ drawSeal, signDigest: signs = signDigest, ...wish } = {}) =>
      makeSealing({
        ...deps,
        access: makeSealAccess(deps),
        files: makeFileStore(filesDir),
        engine: makeInlineEngine({ signDigest: signs, ...(drawSeal && { drawSeal }) }),
        ...wish,
      }),
  }
}

async function openInMemory(): Promise<Db> {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  return db
}

export const ORIGINAL = makePdf()

/** A request as the route makes it; what is not said asks for nothing special. */
export function requestOf(
  { client }: Pick<SealingBench, 'client'>,
  wish: Partial<ApplyRequest> = {},
): ApplyRequest {
  return {
    client,
    sealId: 'conseil',
    document: { bytes: ORIGINAL },
    options: { level: 'B-B' },
    requestId: 'r-1',
    ...wish,
  }
}
