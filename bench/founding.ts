import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { openDemoToken } from '../scripts/demo/token.ts'
import { type Appliance, openAppliance } from '../src/appliance.ts'
import { createClient } from '../src/clients/service.ts'
import { readConfig } from '../src/config.ts'
import { makeLog } from '../src/log.ts'
import { foundOrganisation } from '../src/people/service.ts'
import { createSeal, delegateSeal } from '../src/sealing/administration.ts'
import { findSeal } from '../src/sealing/store.ts'

/** An appliance in a folder: token, authority, a client, and a seal for each algorithm. */
export interface BenchFounding {
  /** For a server or a command of this appliance, beside what this process has. */
  readonly env: Readonly<Record<string, string>>
  readonly apiKey: string
  /** What another program needs to use the very same keys. */
  readonly token: BenchToken
  /** By key algorithm; the seal's id is the algorithm's name. */
  readonly keys: ReadonlyMap<KeyAlgorithm, BenchKey>
  /** DER of the authority that issued the certificates of the seals. */
  readonly issuer: Uint8Array
}

interface BenchToken {
  readonly module: string
  readonly label: string
  readonly pinFile: string
  readonly pin: string
}

export interface BenchKey {
  /** Hex CKA_ID. */
  readonly id: string
  /** DER of the seal's certificate. */
  readonly certificate: Uint8Array
}

/** SOFTHSM2_CONF is set for this process: one founding a process. */
export async function foundAppliance(
  dir: string,
  algorithms: readonly KeyAlgorithm[],
): Promise<BenchFounding> {
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
  const appliance = await openAppliance(readConfig(env), makeLog('silent'))
  try {
    const { apiKey, keys, issuer } = await found(appliance, algorithms)
    const pin = readFileSync(token.pinFile, 'utf8').trim()
    return { env, apiKey, token: { ...token, pin }, keys, issuer }
  } finally {
    await appliance.close()
  }
}

async function found(appliance: Appliance, algorithms: readonly KeyAlgorithm[]) {
  const { db, authority, guard, now } = appliance
  const named = { kind: 'council', name: 'Mesures', siren: '123456782' } as const
  const organisation = await foundOrganisation({ db, now }, named)
  await authority.create(organisation, 'p-256')
  const { client, apiKey } = await createClient({ db, now }, 'Mesures')
  const keys = new Map<KeyAlgorithm, BenchKey>()
  for (const keyAlgorithm of algorithms) {
    const seal = { id: keyAlgorithm, name: keyAlgorithm, organisation, keyAlgorithm }
    await createSeal({ db, keys: guard, authority, now }, seal)
    keys.set(keyAlgorithm, await keyOf(appliance, keyAlgorithm))
    const granted = { organisationId: organisation.id, sealId: keyAlgorithm, validTo: null }
    await delegateSeal({ db, now }, { ...granted, clientId: client.id })
  }
  const issuer = await authority.findCertificate('issuing')
  if (issuer === undefined) throw new RangeError('the authority has no certificate')
  return { apiKey, keys, issuer }
}

async function keyOf({ db }: Appliance, sealId: string): Promise<BenchKey> {
  const seal = await findSeal(db, sealId)
  if (seal === undefined) throw new RangeError(`there is no seal ${sealId}`)
  const { der } = await db
    .selectFrom('certificate')
    .select('der')
    .where('id', '=', seal.certificate.id)
    .executeTakeFirstOrThrow()
  return { id: seal.keyId, certificate: der }
}
