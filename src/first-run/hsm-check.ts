import { createPublicKey, hash, randomBytes, verify } from 'node:crypto'
import type { ModuleReport } from '../../hsm/inspect.ts'
import type { GuardStatus } from '../../hsm/protocol.ts'
import type { Config } from '../config.ts'
import type { GuardAccess } from '../guard-access.ts'
import type { GuardSlot } from './guard-slot.ts'

/** What was found of the HSM, from the library to a signature. */
export interface HsmReport {
  /** Variables that are not set and must be. */
  readonly unset: readonly string[]
  readonly module: string | undefined
  readonly library: string | undefined
  readonly tokens: readonly HsmToken[]
  /** State of the guard's login. */
  readonly state: GuardStatus['state'] | 'not-asked'
  readonly speed: { readonly signatures: number; readonly msEach: number } | undefined
  /** The words of whatever failed, for whoever mends it. */
  readonly problem: string | undefined
}

interface HsmToken {
  readonly label: string
  readonly serial: string
  readonly slot: string
  readonly model: string
  /** Whether `SCEAU_PKCS11_TOKENS` names it. */
  readonly isChosen: boolean
  readonly lacks: readonly string[]
}

export interface HsmCheck {
  readonly config: Pick<Config, 'pkcs11' | 'guardSocket'>
  readonly guard: GuardSlot
  readonly inspect: (modulePath: string) => Promise<ModuleReport>
}

/** An HSM is ready once a signature of it was verified. */
export function isHsmReady({ speed }: Pick<HsmReport, 'speed'>): boolean {
  return speed !== undefined
}

/** Look at library and tokens, log in by the guard, and have a key of the token sign. */
export async function checkHsm(check: HsmCheck): Promise<HsmReport> {
  const { config } = check
  const looked = config.guardSocket === undefined ? await look(check) : NOT_LOOKED
  const module = config.pkcs11.module
  if (looked.unset.length > 0 || looked.problem !== undefined) {
    return { ...looked, module, state: 'not-asked', speed: undefined }
  }
  return { ...looked, module, ...(await tryGuard(check.guard)) }
}

const NOT_LOOKED = { unset: [], library: undefined, tokens: [], problem: undefined }

type Looked = Pick<HsmReport, 'unset' | 'library' | 'tokens' | 'problem'>

async function look({ config: { pkcs11 }, inspect }: HsmCheck): Promise<Looked> {
  const { module, pinFile, tokens: selectors } = pkcs11
  const unset = [
    ...(module === undefined ? ['SCEAU_PKCS11_MODULE'] : []),
    ...(pinFile === undefined ? ['SCEAU_PKCS11_PIN_FILE'] : []),
  ]
  if (module === undefined) return { ...NOT_LOOKED, unset }
  try {
    const report = await inspect(module)
    const tokens = report.tokens.map(({ label, serial, slotNumber, model, missingMechanisms }) => ({
      label,
      serial,
      slot: slotNumber,
      model,
      isChosen: [label, `serial:${serial}`, `slot:${slotNumber}`].some((name) =>
        selectors.includes(name),
      ),
      lacks: missingMechanisms,
    }))
    const { description, version } = report.module
    return { unset, library: `${description} ${version}`, tokens, problem: undefined }
  } catch (error) {
    return { ...NOT_LOOKED, unset, problem: messageOf(error) }
  }
}

async function tryGuard(slot: GuardSlot): Promise<Pick<HsmReport, 'state' | 'speed' | 'problem'>> {
  try {
    const guard = await slot.get()
    const { state, message } = await settledStatus(guard)
    if (state !== 'open') return { state, speed: undefined, problem: message }
    return { state, speed: await measure(guard), problem: undefined }
  } catch (error) {
    return { state: 'down', speed: undefined, problem: messageOf(error) }
  }
}

const OPENING_MS = 10_000
const POLL_MS = 100

/** A token that is being opened is waited for. */
async function settledStatus(guard: GuardAccess): Promise<GuardStatus> {
  let status = await guard.status()
  for (let waited = 0; status.state === 'opening' && waited < OPENING_MS; waited += POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    status = await guard.status()
  }
  return status
}

const SIGNATURES = 16
const MEASURED_MS_MAX = 3_000

/** Signatures one after the other by a key made for it; the mean of one, ms. */
async function measure(guard: GuardAccess): Promise<NonNullable<HsmReport['speed']>> {
  const { keyId, publicKey } = await guard.generateKey({
    algorithm: 'p-256',
    label: 'Sceau first run test',
  })
  try {
    const startedAt = performance.now()
    let signatures = 0
    while (signatures < SIGNATURES && performance.now() - startedAt < MEASURED_MS_MAX) {
      await signOnce(guard, keyId, publicKey)
      signatures += 1
    }
    const msEach = (performance.now() - startedAt) / signatures
    return { signatures, msEach: Math.round(msEach * 10) / 10 }
  } finally {
    await guard.destroyKey(keyId)
  }
}

async function signOnce(guard: GuardAccess, keyId: string, publicKey: Uint8Array): Promise<void> {
  const message = randomBytes(32)
  const digest = hash('sha256', message, 'buffer')
  const signature = await guard.signDigest({ keyId, algorithm: 'ecdsa-p256-sha256', digest })
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  if (verify('sha256', message, key, signature)) return
  await guard.reportFault({ keyId, signature })
  throw new Error('The HSM gave a signature that does not verify.')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
