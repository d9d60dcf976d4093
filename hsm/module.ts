import pkcs11 from 'pkcs11js'
import { GuardError } from './errors.ts'
import { asPkcs11Failure } from './return-values.ts'

/** A token as its slot shows it. `slot` is the handle, opaque and only good until C_Finalize. */
export interface FoundToken {
  readonly slot: Uint8Array
  readonly slotNumber: string
  readonly label: string
  readonly serial: string
  readonly model: string
  readonly manufacturer: string
  readonly flags: number
  /** The most sessions this application may have, or undefined if the token does not say. */
  readonly sessionsMax: number | undefined
}

export interface ModuleInfo {
  readonly path: string
  readonly description: string
  readonly manufacturer: string
  readonly version: string
  readonly cryptoki: string
}

/** The shortest of several is what a busy machine cannot falsify. */
const ROUND_TRIPS = 8
const SESSIONS_UNKNOWN = new Set([0, 0xffff_ffff])

/**
 * The one PKCS#11 library of this process. Its state is the process's: only here is it
 * initialised and finalised. Every call blocks, so none of them belongs on the way of a signature.
 */
export class Pkcs11Module {
  readonly path: string
  readonly library: pkcs11.PKCS11

  /** @throws GuardError `unavailable` if the library cannot be loaded. */
  constructor(path: string) {
    this.path = path
    this.library = loadLibrary(path)
  }

  /**
   * C_Initialize, with the one flag without which the sessions of several threads corrupt each
   * other (PKCS#11 v2.40 §5.4: CKF_OS_LOCKING_OK). State left by an earlier try is thrown away.
   */
  initialize(): void {
    this.finalize()
    call(() => this.library.C_Initialize({ flags: pkcs11.CKF_OS_LOCKING_OK }))
  }

  /** C_Finalize. No other thread may be inside the library. */
  finalize(): void {
    try {
      this.library.C_Finalize()
    } catch (error) {
      // Not initialised is what was wanted; and a lost device often cannot say goodbye.
      if (!(error instanceof pkcs11.Pkcs11Error)) throw error
    }
  }

  /** False too in a thread for which the library keeps a state of its own, as p11-kit-client does. */
  isInitialized(): boolean {
    try {
      this.library.C_GetInfo()
      return true
    } catch (error) {
      if (!(error instanceof pkcs11.Pkcs11Error)) throw error
      return error.code !== pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED
    }
  }

  info(): ModuleInfo {
    const info = call(() => this.library.C_GetInfo())
    return {
      path: this.path,
      description: info.libraryDescription.trim(),
      manufacturer: info.manufacturerID.trim(),
      version: `${info.libraryVersion.major}.${info.libraryVersion.minor}`,
      cryptoki: `${info.cryptokiVersion.major}.${info.cryptokiVersion.minor}`,
    }
  }

  /** Initialised tokens that are present. A slot that cannot be asked is left out. */
  listTokens(): FoundToken[] {
    return call(() => this.library.C_GetSlotList(true)).flatMap((slot) => {
      try {
        const token = toFoundToken(slot, this.library.C_GetTokenInfo(slot))
        return (token.flags & pkcs11.CKF_TOKEN_INITIALIZED) === 0 ? [] : [token]
      } catch (error) {
        if (error instanceof pkcs11.Pkcs11Error) return []
        throw error
      }
    })
  }

  mechanisms(slot: Uint8Array): ReadonlySet<number> {
    return new Set(call(() => this.library.C_GetMechanismList(handle(slot))))
  }

  /** A read-only session: it can sign, and it counts least against a token's limits. */
  openSession(slot: Uint8Array): Uint8Array {
    return call(() => this.library.C_OpenSession(handle(slot), pkcs11.CKF_SERIAL_SESSION))
  }

  closeSession(session: Uint8Array): void {
    call(() => this.library.C_CloseSession(handle(session)))
  }

  /** Login is the token's, not the session's: every session of this process has it at once. */
  login(session: Uint8Array, pin: string): void {
    try {
      this.library.C_Login(handle(session), pkcs11.CKU_USER, pin)
    } catch (error) {
      const isLoggedIn =
        error instanceof pkcs11.Pkcs11Error && error.code === pkcs11.CKR_USER_ALREADY_LOGGED_IN
      if (!isLoggedIn) throw asPkcs11Failure(error)
    }
  }

  /**
   * The shortest way to the token and back: a few microseconds if it computes in this process, much
   * more if it is a device of its own.
   *
   * @returns Milliseconds; undefined if the token has no random numbers to ask for.
   */
  measureRoundTrip(session: Uint8Array): number | undefined {
    let shortest: number | undefined
    try {
      for (let i = 0; i < ROUND_TRIPS; i++) {
        const startedAt = performance.now()
        this.library.C_GenerateRandom(handle(session), Buffer.alloc(32))
        shortest = Math.min(shortest ?? Infinity, performance.now() - startedAt)
      }
    } catch (error) {
      if (!(error instanceof pkcs11.Pkcs11Error)) throw error
    }
    return shortest
  }
}

/** @throws GuardError `unavailable` if the file is not a PKCS#11 library that can be loaded. */
function loadLibrary(path: string): pkcs11.PKCS11 {
  const library = new pkcs11.PKCS11()
  try {
    library.load(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new GuardError('unavailable', `The PKCS#11 module cannot be loaded: ${reason}`)
  }
  return library
}

/** Handles come back from threads as plain bytes; the binding wants them as Buffer. */
export function handle(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * The token that a setting names: `serial:0f3a`, `slot:0` (the slot's number, or its place in the
 * list if there is no such number), or else a label.
 *
 * @throws GuardError `unavailable` if there is none, `unavailable` too if a label names several.
 */
export function selectToken(tokens: readonly FoundToken[], selector: string): FoundToken {
  const found = matching(tokens, selector)
  const [token] = found
  if (token === undefined) {
    throw new GuardError(
      'unavailable',
      `No token ${selector} is there. Found: ${tokens.map(describe).join(', ') || 'none'}.`,
    )
  }
  if (found.length > 1) {
    throw new GuardError(
      'unavailable',
      `${found.length} tokens match ${selector}: ${found.map(describe).join(', ')}. Name one by serial:.`,
    )
  }
  return token
}

function matching(tokens: readonly FoundToken[], selector: string): readonly FoundToken[] {
  if (selector.startsWith('serial:')) {
    return tokens.filter((token) => token.serial === selector.slice('serial:'.length))
  }
  if (!selector.startsWith('slot:')) return tokens.filter((token) => token.label === selector)
  const number = selector.slice('slot:'.length)
  const numbered = tokens.filter((token) => token.slotNumber === number)
  const placed = /^\d+$/.test(number) ? tokens[Number(number)] : undefined
  return numbered.length > 0 || placed === undefined ? numbered : [placed]
}

function describe({ label, serial }: FoundToken): string {
  return `${label} (serial:${serial})`
}

function toFoundToken(slot: Uint8Array, info: pkcs11.TokenInfo): FoundToken {
  const sessionsMax = Number(info.maxSessionCount)
  return {
    slot,
    slotNumber: slotNumber(slot),
    label: info.label.trim(),
    serial: info.serialNumber.trim(),
    model: info.model.trim(),
    manufacturer: info.manufacturerID.trim(),
    flags: info.flags,
    sessionsMax: SESSIONS_UNKNOWN.has(sessionsMax) ? undefined : sessionsMax,
  }
}

/** CK_SLOT_ID is a CK_ULONG in the machine's own order; all machines Node runs on are little-endian. */
function slotNumber(slot: Uint8Array): string {
  let number = 0n
  for (const byte of Uint8Array.from(slot).reverse()) number = (number << 8n) | BigInt(byte)
  return number.toString()
}

function call<T>(use: () => T): T {
  try {
    return use()
  } catch (error) {
    throw asPkcs11Failure(error)
  }
}
