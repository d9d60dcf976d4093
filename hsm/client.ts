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
  DIGESTS_MAX,
  type GuardKey,
  type GuardStatus,
  type MissingKey,
  type Priority,
  parseResult,
  parseSignatures,
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
  generateKey(request: { algorithm: KeyAlgorithm; label: string }): Promise<GuardKey>
  findKey(keyId: string): Promise<GuardKey | undefined>
  listKeys(): Promise<GuardKey[]>
  /** Keys that some of several tokens lack, as far as those that are there can tell. */
  listMissingKeys(): Promise<MissingKey[]>
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

  return {
    signDigest: makeGatheringSigner(signDigests),
    signDigests,

    async generateKey({ algorithm, label }) {
      const keyId = randomBytes(KEY_ID_BYTES).toString('hex')
      const question = { type: 'generateKey', keyId, algorithm, label } as const
      const { result } = await link.ask(question, { deadlineMs: slowMs })
      const { key, missingOn } = parseResult('generateKey', result)
      if (missingOn.length > 0) {
        const hint = "guard: a new key is not on every token: copy it by the HSM's own tool"
        log?.warn({ keyId, missingOn }, hint)
      }
      return key
    },

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
