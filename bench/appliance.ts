import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { openDemoToken } from '../scripts/demo/token.ts'
import { openAppliance } from '../src/appliance.ts'
import { createClient } from '../src/clients/service.ts'
import { readConfig } from '../src/config.ts'
import { makeLog } from '../src/log.ts'
import { foundOrganisation } from '../src/people/service.ts'
import { createSeal, delegateSeal } from '../src/sealing/administration.ts'
import { findSeal } from '../src/sealing/store.ts'

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '../src/cli/main.js')

/** A whole appliance in a folder of its own, its server a process of its own. */
export interface BenchAppliance {
  readonly url: string
  readonly apiKey: string
  readonly dir: string
  /** What the ceiling program needs to use the very same keys. */
  readonly token: { readonly module: string; readonly label: string; readonly pin: string }
  /** Hex CKA_ID by key algorithm; the seal's id is the algorithm's name. */
  readonly keyIds: ReadonlyMap<KeyAlgorithm, string>
  remove(): Promise<void>
}

export async function startAppliance(algorithms: readonly KeyAlgorithm[]): Promise<BenchAppliance> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-bench-'))
  const token = openDemoToken(join(dir, 'softhsm'))
  const env = {
    SCEAU_DATA_DIR: dir,
    SCEAU_LISTEN: '127.0.0.1:0',
    SCEAU_PUBLIC_URL: 'https://127.0.0.1',
    SCEAU_PKCS11_MODULE: token.module,
    SCEAU_PKCS11_TOKENS: token.label,
    SCEAU_PKCS11_PIN_FILE: token.pinFile,
    SCEAU_LOG_LEVEL: 'info',
  }
  const { apiKey, keyIds } = await found(env, algorithms)
  const child = spawn(process.execPath, [MAIN, 'start'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
  })
  return {
    url: `https://127.0.0.1:${port}`,
    apiKey,
    dir,
    token: { ...token, pin: readFileSync(token.pinFile, 'utf8').trim() },
    keyIds,
    async remove() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function found(env: Record<string, string>, algorithms: readonly KeyAlgorithm[]) {
  const appliance = await openAppliance(readConfig(env), makeLog('silent'))
  const { db, authority, guard: keys, now } = appliance
  try {
    const named = { kind: 'council', name: 'Mesures', siren: '123456782' } as const
    const organisation = await foundOrganisation({ db, now }, named)
    await authority.create(organisation, 'p-256')
    const { client, apiKey } = await createClient({ db, now }, 'Mesures')
    const keyIds = new Map<KeyAlgorithm, string>()
    for (const keyAlgorithm of algorithms) {
      const seal = { id: keyAlgorithm, name: keyAlgorithm, organisation, keyAlgorithm }
      await createSeal({ db, keys, authority, now }, seal)
      keyIds.set(keyAlgorithm, (await findSeal(db, keyAlgorithm))?.keyId ?? '')
      const granted = { organisationId: organisation.id, sealId: keyAlgorithm, validTo: null }
      await delegateSeal({ db, now }, { ...granted, clientId: client.id })
    }
    return { apiKey, keyIds }
  } finally {
    await appliance.close()
  }
}
