import { randomBytes } from 'node:crypto'
import {
  type KeyAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SignDigest,
} from './algorithms.ts'
import { makeGatheringSigner } from './gathering.ts'
import { GuardLink } from './guard-link.ts'
import type { GuardLog } from './guard-log.ts'
import {
  type DestroyReceipt,
  DIGESTS_MAX,
  type GuardKey,
  type GuardStatus,
  type MissingKey,
  type Priority,
  parseResult,
  parseSignatures,
  type WrappingKey,
} from './protocol.ts'

const DEADLINE_MS = 15_000
const STATUS_WITHIN_MS = 2_000
/** A token may look long for the primes of a large RSA key, or have thousands of keys to list. */
const SLOW_DEADLINE_MS = 180_000
const KEY_ID_BYTES = 16

/** The guard, from the server's side of the socket. Every method throws GuardError. */
export interface GuardClient {
  /** Digests of one moment for the same key and algorithm travel together. */
  readonly signDigest: SignDigest
  /**
   * @param request.priority - `interactive` unless told otherwise: it goes before every `batch`.
   * @returns The signatures, in the order of the digests.
   */
  signDigests(request: {
    readonly keyId: string
    readonly algorithm: SignatureAlgorithm
    readonly digests: readonly Uint8Array[]
    readonly priority?: Priority
  }): Promise<Uint8Array[]>
  /**
   * @param request.keyId - Hex CKA_ID; chosen and written down before, it lets an interrupted
   * request be asked again without a second key. By default 16 random bytes.
   */
  generateKey(request: {
    readonly algorithm: KeyAlgorithm
    readonly label: string
    readonly keyId?: string
  }): Promise<GuardKey>
  findKey(keyId: string): Promise<GuardKey | undefined>
  listKeys(): Promise<GuardKey[]>
  /** Keys that some of several tokens lack, as far as those that are there can tell. */
  listMissingKeys(): Promise<MissingKey[]>
  /**
   * Destroy a key that the appliance made: its label begins with «Sceau », its id has 16 bytes, and
   * it was born in the token. What is gone already is no error, and the receipt says so.
   *
   * @throws GuardError `key-unusable` if it is not such a key; `unavailable` if one of several tokens
   * is away: then nothing was destroyed, or it is to be asked again.
   */
  destroyKey(keyId: string): Promise<DestroyReceipt>
  /** A key that does nothing but wrap secrets. Asked again with the same id, it is the same key. */
  generateWrappingKey(request: {
    readonly keyId: string
    readonly label: string
  }): Promise<WrappingKey>
  /** @param secret - 1 to 64 bytes; the caller's to erase. @returns What only `unwrapSecret` opens. */
  wrapSecret(keyId: string, secret: Uint8Array): Promise<Uint8Array>
  /** @throws GuardError `secret-damaged` if it was changed, or another key wrapped it. */
  unwrapSecret(keyId: string, wrapped: Uint8Array): Promise<Uint8Array>
  /** A signature that this client got is wrong: the token that made it is set aside. */
  reportFault(fault: { readonly keyId: string; readonly signature: Uint8Array }): Promise<void>
  /** Never throws: a guard that cannot be reached is `down`, with the pid 0. */
  status(): Promise<GuardStatus>
  /** What is still asked is refused as `unavailable`. */
  close(): Promise<void>
}

/**
 * A client of the guard behind this socket, whoever started it. It connects when something is
 * asked; when the connection drops, what was in flight is asked again until its deadline.
 *
 * @param options.deadlineMs - For a signature, from the call to its end.
 */
export function connectGuard(options: {
  readonly socketPath: string
  readonly deadlineMs?: number
  readonly log?: GuardLog
}): GuardClient {
  const { socketPath, deadlineMs = DEADLINE_MS, log } = options
  const link = new GuardLink({ socketPath, log })
  /** Which of several tokens made a signature, for as long as somebody has it. */
  const makerOf = new WeakMap<Uint8Array, string>()
  const slowMs = Math.max(deadlineMs, SLOW_DEADLINE_MS)

  const signDigests: GuardClient['signDigests'] = async (request) => {
    const { keyId, algorithm, digests, priority = 'interactive' } = request
    const { digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
    const wrong = digests.find((digest) => digest.length !== digestBytes)
    if (wrong !== undefined) {
      throw new RangeError(`${algorithm} takes ${digestBytes} digest bytes, got ${wrong.length}`)
    }
    const parts = chunks(digests, DIGESTS_MAX).map(async (part) => {
      const count = part.length
      const question = { type: 'sign', keyId, algorithm, count, priority } as const
      const { result, payload } = await link.ask(question, {
        payload: Buffer.concat(part),
        deadlineMs,
      })
      const { makers = [] } = parseResult('sign', result)
      const signatures = parseSignatures(payload, count)
      let at = 0
      for (const [maker, made] of makers) {
        for (const signature of signatures.slice(at, at + made)) makerOf.set(signature, maker)
        at += made
      }
      return signatures
    })
    return (await Promise.all(parts)).flat()
  }

  const listAll = async () => {
    const { result } = await link.ask({ type: 'listKeys' }, { deadlineMs: slowMs })
    return parseResult('listKeys', result)
  }

  /** The frame's buffer is erased: what it brought is copied out of it. */
  const useSecret = async (
    type: 'wrapSecret' | 'unwrapSecret',
    keyId: string,
    payload: Uint8Array,
  ) => {
    const reply = await link.ask({ type, keyId }, { payload, deadlineMs })
    const secret = Uint8Array.from(reply.payload)
    reply.payload.fill(0)
    return secret
  }

  const warnOfCopies = (keyId: string, missingOn: readonly string[]) => {
    if (missingOn.length === 0) return
    const hint = "guard: a new key is not on every token: copy it by the HSM's own tool"
    log?.warn({ keyId, missingOn }, hint)
  }

  return {
    signDigest: makeGatheringSigner(signDigests),
    signDigests,

    async generateKey({ algorithm, label, keyId = newKeyId() }) {
      const question = { type: 'generateKey', keyId, algorithm, label } as const
      const { result } = await link.ask(question, { deadlineMs: slowMs })
      const { key, missingOn } = parseResult('generateKey', result)
      warnOfCopies(keyId, missingOn)
      return key
    },

    async destroyKey(keyId) {
      const { result } = await link.ask({ type: 'destroyKey', keyId }, { deadlineMs })
      return parseResult('destroyKey', result)
    },

    async generateWrappingKey({ keyId, label }) {
      const question = { type: 'generateWrappingKey', keyId, label } as const
      const { result } = await link.ask(question, { deadlineMs })
      const { key, missingOn } = parseResult('generateWrappingKey', result)
      warnOfCopies(keyId, missingOn)
      return key
    },

    wrapSecret: (keyId, secret) => useSecret('wrapSecret', keyId, secret),

    unwrapSecret: (keyId, wrapped) => useSecret('unwrapSecret', keyId, wrapped),

    async findKey(keyId) {
      const { result } = await link.ask({ type: 'findKey', keyId }, { deadlineMs })
      return parseResult('findKey', result).key
    },

    listKeys: async () => (await listAll()).keys,

    listMissingKeys: async () => (await listAll()).missing,

    async reportFault({ keyId, signature }) {
      const maker = makerOf.get(signature)
      const question = {
        type: 'reportFault',
        keyId,
        ...(maker !== undefined && { token: maker }),
      } as const
      await link.ask(question, { deadlineMs })
    },

    async status() {
      try {
        const once = { deadlineMs: STATUS_WITHIN_MS, isAskedOnce: true }
        const { result } = await link.ask({ type: 'status' }, once)
        return parseResult('status', result)
      } catch (error) {
        return unreachable(error)
      }
    },

    async close() {
      link.close()
    },
  }
}

function newKeyId(): string {
  return randomBytes(KEY_ID_BYTES).toString('hex')
}

function chunks<T>(items: readonly T[], size: number): (readonly T[])[] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size))
}

function unreachable(error: unknown): GuardStatus {
  return {
    state: 'down',
    message: error instanceof Error ? error.message : String(error),
    pid: 0,
    startedAt: 0,
    generation: 0,
    sessions: { open: 0, wanted: 0, busy: 0, waiting: 0 },
    counters: { signatures: 0, failures: 0, retries: 0, logins: 0, openings: 0 },
    tokens: [],
  }
}
