import { type KeyAlgorithm, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './algorithms.ts'
import { GuardError } from './errors.ts'
import type { GuardLog } from './guard-log.ts'
import { KeyHandles } from './key-handles.ts'
import { Lane, workDeadlines } from './lane.ts'
import { LanePool } from './lane-pool.ts'
import { Mending } from './mending.ts'
import type { FoundToken } from './module.ts'
import { PieceSizes } from './piece-sizes.ts'
import type { PinBook } from './pin-book.ts'
import type { DestroyedOn, GuardKey, GuardStatus, WrappingKey } from './protocol.ts'
import { Pkcs11Failure } from './return-values.ts'
import { TokenLife } from './token-life.ts'
import type { Turn } from './waiting-line.ts'
import { type OnStuck, WorkThread } from './work-thread.ts'

export interface TokenOptions {
  readonly modulePath: string
  /** `serial:…`, `slot:…` or a label. */
  readonly selector: string
  /** Sessions at the same time; by default what suits the way to the token. */
  readonly sessions: number | undefined
  readonly operationMs: number
  /** Whether requests wait while the token is being opened. */
  readonly isPatient: boolean
  readonly pins: PinBook
  readonly log: GuardLog
  readonly onStuck: OnStuck
}

export interface SignRequest extends Turn {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  /** One behind the other, each as long as the algorithm says. */
  readonly digests: Uint8Array
}

export interface WrappingKeyRequest {
  readonly keyId: string
  readonly label: string
}

/** A secret to be wrapped, or what became of it. */
export interface SecretRequest {
  readonly keyId: string
  readonly payload: Uint8Array
  /** Unix ms. */
  readonly deadlineAt: number
}

export type TokenStatus = Omit<GuardStatus, 'pid' | 'startedAt' | 'tokens'>

/** Borrows a lane of the current generation, once. */
type Borrow = <T>(work: (lane: Lane) => Promise<T>) => Promise<T>

/** The generation ended between finding the handle and using it. */
const OUTDATED = Symbol('outdated')
const ATTEMPTS_MAX = 8

/**
 * The token as the guard offers it: what is asked is done on one of its sessions, and done again
 * when a fault of the token could be mended meanwhile.
 */
export class Token {
  readonly #life: TokenLife
  readonly #mending: Mending
  readonly #pool: LanePool
  readonly #keys = new KeyHandles()
  readonly #sizes = new PieceSizes()
  readonly #counters = { signatures: 0, failures: 0, retries: 0 }
  /** Requests that are being signed now. */
  #signing = 0
  #lastError: GuardStatus['lastError']

  constructor(options: TokenOptions) {
    const { modulePath, onStuck } = options
    const deadlines = workDeadlines(options.operationMs)
    this.#pool = new LanePool(() => new Lane(new WorkThread({ modulePath, onStuck }), deadlines))
    this.#life = new TokenLife({
      ...options,
      pool: this.#pool,
      onFailure: (error) => this.#noteFailure(error),
    })
    this.#mending = new Mending({ life: this.#life, pool: this.#pool, keys: this.#keys })
  }

  /** Begin to open the token; requests wait for it. */
  start(): void {
    this.#life.start()
  }

  close(): Promise<void> {
    return this.#life.close()
  }

  get status(): TokenStatus {
    const { state, message, retryAfterSeconds } = this.#life.readiness
    const { generation, opened, counters } = this.#life
    const isWaiting = state === 'opening' || state === 'down'
    return {
      state,
      ...(state !== 'open' && message !== undefined && { message }),
      ...(isWaiting && { retryAfterSeconds }),
      generation,
      ...(opened !== undefined && { token: describe(opened.token), module: opened.module }),
      sessions: this.#pool.counts,
      counters: { ...this.#counters, ...counters },
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    }
  }

  /** What one signature took on one session, as measured last. */
  get latencyMs(): number | undefined {
    return this.#sizes.latestMs
  }

  /**
   * @returns `encodeSignatures` of all of them, in their order.
   * @throws GuardError
   */
  async sign(request: SignRequest): Promise<Uint8Array> {
    const { digestBytes } = SIGNATURE_ALGORITHMS[request.algorithm]
    const count = request.digests.length / digestBytes
    const kind = `${request.keyId} ${request.algorithm}`
    // How many lanes there are is known once the token is open.
    await this.#life.readiness.whenOpen(request.deadlineAt)
    const lanes = this.#pool.wanted
    const pieces: Promise<Uint8Array>[] = []
    let at = 0
    let hasFailed = false

    const workThrough = async () => {
      while (at < count && !hasFailed) {
        // What others are signing meanwhile keeps lanes busy too: larger pieces cost less.
        const share = { remaining: count - at, lanes: Math.ceil(lanes / this.#signing) }
        const size = this.#sizes.next(kind, share)
        const digests = request.digests.subarray(at * digestBytes, (at + size) * digestBytes)
        at += size
        const piece = this.#signPiece({ ...request, digests, kind, size })
        pieces.push(piece)
        await piece
      }
    }
    this.#signing++
    try {
      await Promise.all(Array.from({ length: Math.min(lanes, count) }, workThrough))
    } catch (error) {
      hasFailed = true
      throw error
    } finally {
      this.#signing--
    }
    return Buffer.concat(await Promise.all(pieces))
  }

  /** As it is in the token now, whatever was known before. @throws GuardError */
  findKey(keyId: string, deadlineAt: number): Promise<GuardKey | undefined> {
    return this.#attempt(soon(deadlineAt), async (borrow) => {
      return (await borrow((lane) => lane.run('findKey', { keyId })))?.key
    })
  }

  /** @throws GuardError */
  listKeys(deadlineAt: number): Promise<GuardKey[]> {
    return this.#attempt(soon(deadlineAt), (borrow) =>
      borrow((lane) => lane.run('listKeys', undefined)),
    )
  }

  /** Asked again with the same id, it gives the same key. @throws GuardError */
  generateKey(
    request: { keyId: string; algorithm: KeyAlgorithm; label: string },
    deadlineAt: number,
  ): Promise<GuardKey> {
    return this.#attempt(soon(deadlineAt), (borrow) =>
      borrow((lane) => lane.run('generateKey', { ...request, slot: this.#life.slot })),
    )
  }

  /** What is gone already is no error. @throws GuardError `key-unusable` if it is not ours. */
  async destroyKey(keyId: string, deadlineAt: number): Promise<DestroyedOn> {
    const { objects, label } = await this.#attempt(soon(deadlineAt), (borrow) =>
      borrow((lane) => lane.run('destroyKey', { keyId, slot: this.#life.slot })),
    )
    this.#keys.forget(keyId)
    const { token } = this.#life.opened ?? {}
    return {
      token: { label: token?.label ?? '', serial: token?.serial ?? '' },
      objects,
      ...(label !== undefined && { label }),
    }
  }

  /** Asked again with the same id, it gives the same key. @throws GuardError */
  generateWrappingKey(
    { keyId, label }: WrappingKeyRequest,
    deadlineAt: number,
  ): Promise<WrappingKey> {
    return this.#attempt(soon(deadlineAt), (borrow) =>
      borrow((lane) => lane.run('generateWrappingKey', { keyId, label, slot: this.#life.slot })),
    )
  }

  /** @throws GuardError */
  wrapSecret(request: SecretRequest): Promise<Uint8Array> {
    return this.#useSecret('wrapSecret', request)
  }

  /** @throws GuardError */
  unwrapSecret(request: SecretRequest): Promise<Uint8Array> {
    return this.#useSecret('unwrapSecret', request)
  }

  /** Sessions that nobody uses die unseen, and idle tokens forget the login. */
  async keepAlive(deadlineAt: number): Promise<void> {
    if (this.#life.readiness.state !== 'open') return
    for (let left = this.#pool.counts.open; left > 0; left--) {
      await this.#attempt({ deadlineAt, priority: 'batch' }, (borrow) =>
        borrow((lane) => lane.run('checkLogin', undefined)),
      )
    }
  }

  #useSecret(
    name: 'wrapSecret' | 'unwrapSecret',
    { keyId, payload, deadlineAt }: SecretRequest,
  ): Promise<Uint8Array> {
    return this.#attempt(soon(deadlineAt), (borrow) =>
      borrow((lane) => {
        // Its own copy, handed to the thread: the request may have to be asked again.
        const copy = Uint8Array.from(payload)
        return lane.run(name, { keyId, payload: copy }, [copy.buffer])
      }),
    )
  }

  async #signPiece(piece: SignRequest & { kind: string; size: number }): Promise<Uint8Array> {
    const { keyId, algorithm, kind, size } = piece
    const signatures = await this.#attempt(piece, async (borrow, generation) => {
      const { handle, key } = await this.#keys.get(keyId, generation, () =>
        borrow((lane) => lane.run('findKey', { keyId })),
      )
      requireUse(key, algorithm)
      return borrow(async (lane) => {
        // Its own copy: it is handed to the thread, and needed again if the piece is asked again.
        const digests = Uint8Array.from(piece.digests)
        const startedAt = performance.now()
        const run = await lane.run('sign', { key: handle, algorithm, digests }, [digests.buffer])
        this.#sizes.measured(kind, { digests: size, ms: performance.now() - startedAt })
        return run
      })
    })
    this.#counters.signatures += size
    return signatures
  }

  /**
   * Do it; when the token fails, mend what can be mended and do it again.
   *
   * @throws GuardError `unavailable` when the deadline or the patience of this is over.
   */
  async #attempt<T>(
    turn: Turn,
    use: (borrow: Borrow, generation: number) => Promise<T>,
  ): Promise<T> {
    for (let attempts = 1; ; ) {
      await this.#life.readiness.whenOpen(turn.deadlineAt)
      const { generation } = this.#life
      try {
        const result = await use((work) => this.#borrow(generation, turn, work), generation)
        this.#mending.worked()
        return result
      } catch (error) {
        if (error === OUTDATED) continue
        if (!(error instanceof Pkcs11Failure)) throw error
        this.#noteFailure(error)
        if (attempts === ATTEMPTS_MAX || Date.now() >= turn.deadlineAt) throw exhausted(error)
        await this.#mending.mend(error, generation)
        attempts++
        this.#counters.retries++
      }
    }
  }

  async #borrow<T>(generation: number, turn: Turn, work: (lane: Lane) => Promise<T>): Promise<T> {
    let result: { value: T } | undefined
    await this.#pool.use(turn, async (lane) => {
      if (this.#life.generation === generation) result = { value: await work(lane) }
    })
    if (result === undefined) throw OUTDATED
    return result.value
  }

  #noteFailure(error: unknown): void {
    this.#counters.failures++
    const message = error instanceof Error ? error.message : String(error)
    const returnValue = error instanceof Pkcs11Failure ? error.returnValue : undefined
    this.#lastError = { message, ...(returnValue !== undefined && { returnValue }), at: Date.now() }
  }
}

/** Somebody waits for the answer. */
function soon(deadlineAt: number): Turn {
  return { deadlineAt, priority: 'interactive' }
}

function requireUse(key: GuardKey, algorithm: SignatureAlgorithm): void {
  const allowed: readonly KeyAlgorithm[] = SIGNATURE_ALGORITHMS[algorithm].keys
  if (!allowed.includes(key.algorithm)) {
    throw new GuardError('invalid-request', `A key ${key.algorithm} does not sign ${algorithm}`)
  }
  if (!key.birth.usages.includes('sign')) {
    throw new GuardError('key-unusable', `The token does not let key ${key.keyId} sign`)
  }
}

function exhausted(failure: Pkcs11Failure): GuardError {
  return new GuardError('unavailable', `The token fails: ${failure.message}`, {
    retryAfterSeconds: 5,
    cause: failure,
  })
}

function describe(token: FoundToken): NonNullable<GuardStatus['token']> {
  const { label, serial, model, manufacturer, slotNumber } = token
  return { label, serial, model, manufacturer, slot: slotNumber }
}
