import { createHmac } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { GuardError } from './errors.ts'
import type { PinStanding } from './pin-standing.ts'
import { Pkcs11Failure } from './return-values.ts'

const PIN_BYTES_MAX = 256
const LOOK_EVERY_MS = 1_000

/** What became of a login, by a mark that stands for the PIN and cannot be turned back into it. */
export interface PinOutcome {
  readonly mark: string
  /** `trying` stays when the guard died, or the token failed, before its answer was known. */
  readonly outcome: 'trying' | 'accepted' | 'refused' | 'untried'
}

/** What a supervisor remembers of earlier lives of the guard. */
export interface PinMemory {
  /** Hex; makes the marks meaningless outside this supervisor. */
  readonly key: string
  readonly last: readonly PinOutcome[]
}

/** Guards of the same token try a PIN one after the other. */
export interface PinTurns {
  /** @returns When it is this guard's turn: what the others know by now. */
  take(): Promise<readonly PinOutcome[]>
  end(): void
}

/**
 * The PIN file, and what is known of the PINs that stood in it: a refused one is never given to the
 * token again, neither by this process nor by the next.
 */
export class PinBook {
  readonly #path: string
  readonly #token: string
  readonly #key: string
  readonly #last: Map<string, PinOutcome['outcome']>
  readonly #tell: (outcome: PinOutcome) => Promise<void>
  readonly #turns: PinTurns
  #seen = ''

  constructor(options: {
    path: string
    /** Which token it is the PIN of: another one may refuse the same. */
    token: string
    memory: PinMemory
    /** Resolves when the supervisor has it: it must know before the token does. */
    tell: (outcome: PinOutcome) => Promise<void>
    turns: PinTurns
  }) {
    this.#path = options.path
    this.#token = options.token
    this.#key = options.memory.key
    this.#last = new Map(options.memory.last.map(({ mark, outcome }) => [mark, outcome]))
    this.#tell = options.tell
    this.#turns = options.turns
  }

  /**
   * One try of the PIN. The supervisor hears of it before the token does, and of its end.
   *
   * @throws GuardError `unavailable` if the file cannot be read; `pin-refused` if the token has
   * refused this very PIN before. Whatever `login` throws.
   */
  async tryPin<T>(login: (pin: string, standing: PinStanding) => Promise<T>): Promise<T> {
    const known = await this.#turns.take()
    for (const { mark, outcome } of known) this.#last.set(mark, outcome)
    try {
      return await this.#tryInTurn(login)
    } finally {
      this.#turns.end()
    }
  }

  async #tryInTurn<T>(login: (pin: string, standing: PinStanding) => Promise<T>): Promise<T> {
    this.#seen = await this.#identity()
    const pin = parsePin(await this.#bytes(), this.#path)
    const mark = createHmac('sha256', this.#key).update(`${this.#token}\n${pin}`).digest('hex')
    const before = this.#last.get(mark) ?? 'untried'
    if (before === 'refused') throw refused(this.#path)
    const isProven = before === 'accepted'
    if (!isProven) await this.#note(mark, 'trying')
    try {
      const result = await login(pin, { isProven, isUnsettled: before === 'trying' })
      await this.#note(mark, 'accepted')
      return result
    } catch (error) {
      await this.#note(mark, outcomeOf(error) ?? before)
      throw isRefusal(error) ? refused(this.#path, error) : error
    }
  }

  /** Resolves when the file is no longer the one that was read last. */
  async whenChanged(signal: AbortSignal): Promise<void> {
    while ((await this.#identity()) === this.#seen) {
      await sleep(LOOK_EVERY_MS, undefined, { signal })
    }
  }

  async #note(mark: string, outcome: PinOutcome['outcome']): Promise<void> {
    if (this.#last.get(mark) === outcome) return
    this.#last.set(mark, outcome)
    await this.#tell({ mark, outcome })
  }

  async #bytes(): Promise<Buffer> {
    try {
      return await readFile(this.#path)
    } catch (error) {
      throw new GuardError('unavailable', `The PIN file ${this.#path} cannot be read`, {
        cause: error,
      })
    }
  }

  async #identity(): Promise<string> {
    try {
      const { dev, ino, size, mtimeMs, ctimeMs } = await stat(this.#path)
      return [dev, ino, size, mtimeMs, ctimeMs].join()
    } catch {
      return 'none'
    }
  }
}

/** The file's one line; the end of the line does not belong to the PIN. */
function parsePin(bytes: Uint8Array, path: string): string {
  const pin = Buffer.from(bytes)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (bytes.length > PIN_BYTES_MAX || pin === '' || /[\r\n]/.test(pin)) {
    throw new GuardError('unavailable', `The PIN file ${path} does not hold one line with a PIN`)
  }
  return pin
}

function isRefusal(error: unknown): error is Pkcs11Failure {
  return error instanceof Pkcs11Failure && error.reaction === 'stop'
}

/** @returns Undefined if the PIN did not reach the token: nothing new is known of it. */
function outcomeOf(error: unknown): PinOutcome['outcome'] | undefined {
  if (isRefusal(error)) return 'refused'
  const isUnanswered = error instanceof Pkcs11Failure && error.method === 'C_Login'
  return isUnanswered ? 'trying' : undefined
}

function refused(path: string, failure?: Pkcs11Failure): GuardError {
  const answer = failure === undefined ? '' : ` (${failure.returnValue})`
  return new GuardError(
    'pin-refused',
    `The token refuses the PIN${answer}. It was tried once and is not tried again, because tokens lock. Put the right PIN into ${path}, and the guard goes on by itself; if that one is right, mend the PIN on the token and restart the guard.`,
    { cause: failure },
  )
}
