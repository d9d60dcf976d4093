import { type ChildProcess, fork } from 'node:child_process'
import { z } from 'zod'
import { backoffMs } from './backoff.ts'
import { builtFile } from './built-file.ts'
import { relayLog } from './child-log.ts'
import { GuardError } from './errors.ts'
import type { GuardLog } from './guard-log.ts'
import { guardSettings, type SettledSettings } from './guard-settings.ts'
import { moduleEnvironment } from './module-environment.ts'
import { PinLedger } from './pin-ledger.ts'
import { type ToGuard, toSupervisor } from './supervision.ts'

export type GuardSettings = z.input<typeof guardSettings> & {
  /** Further environment for the PKCS#11 library, such as SOFTHSM2_CONF. */
  readonly env?: Readonly<Record<string, string>>
  /** A guard that gives no sign of life for so long is killed; 15 s unless told otherwise. */
  readonly stuckAfterMs?: number
  /** What is known of PINs, if more than this supervisor has to know it. */
  readonly pins?: PinLedger
}

export interface GuardProcess {
  readonly socketPath: string
  /** @returns Undefined between two lives of the guard. */
  pid(): number | undefined
  /** The guard finishes what it was asked and ends; one that does not in time is killed. */
  stop(withinMs?: number): Promise<void>
}

const RESTART = { firstMs: 100, maxMs: 10_000 } as const
/** A guard that lived for so long is started again at once. */
const STABLE_MS = 10_000
const STUCK_AFTER_MS = 15_000
const STOP_WITHIN_MS = 10_000
/** Lives that end before the socket ever answered: the installation itself is broken. */
const STILLBORN_MAX = 5

/**
 * Start the guard as a child process and keep it running: after a crash at once, then ever more
 * slowly. It ends with this process, whatever ends that.
 *
 * @returns When the guard's socket answers. The token may still be on its way: `status` tells.
 * @throws GuardError `invalid-request` if the settings cannot be used; `unavailable` if the guard
 * ends each time before it listens.
 */
export async function startGuard(
  options: GuardSettings & { readonly log: GuardLog },
): Promise<GuardProcess> {
  const { log, env = {}, stuckAfterMs = STUCK_AFTER_MS, pins = new PinLedger(), ...given } = options
  const settings = guardSettings.safeParse(given)
  if (!settings.success) throw new GuardError('invalid-request', z.prettifyError(settings.error))
  const { tokens, envOf } = settings.data
  const ownEnv = tokens.length === 1 ? envOf[tokens[0] ?? ''] : undefined
  const supervisor = new Supervisor({
    settings: settings.data,
    env: { ...env, ...ownEnv },
    stuckAfterMs,
    pins,
    log,
  })
  await supervisor.start()
  return {
    socketPath: settings.data.socketPath,
    pid: () => supervisor.pid,
    stop: (withinMs) => supervisor.stop(withinMs),
  }
}

interface SupervisorOptions {
  readonly settings: SettledSettings
  readonly env: Readonly<Record<string, string>>
  readonly stuckAfterMs: number
  readonly pins: PinLedger
  readonly log: GuardLog
}

interface Started {
  readonly resolve: () => void
  readonly reject: (error: GuardError) => void
}

class Supervisor {
  readonly #options: SupervisorOptions
  #child: ChildProcess | undefined
  /** While the guard tries a PIN, and others of the same token must not. */
  #endPinTurn: () => void = () => {}
  /** Set until the first guard listens. */
  #starting: Started | undefined
  #bornAt = 0
  #shortLives = 0
  #restart: NodeJS.Timeout | undefined
  #silence: NodeJS.Timeout | undefined
  #isStopping = false

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject }
      this.#spawn()
    })
  }

  async stop(withinMs = STOP_WITHIN_MS): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (child === undefined) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const kill = setTimeout(() => child.kill('SIGKILL'), withinMs)
    this.#tell(child, { type: 'stop' })
    await ended
    clearTimeout(kill)
  }

  #spawn(): void {
    const { settings, env, pins, log } = this.#options
    this.#bornAt = Date.now()
    const child = fork(builtFile('guard.js'), [], {
      env: moduleEnvironment(process.env, env),
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child = child
    relayLog(child, log)
    child.on('message', (message) => this.#hear(message))
    child.on('error', (error) => log.error({ error: error.message }, 'guard: process failed'))
    child.once('exit', (code, signal) => this.#ended({ code, signal }))
    this.#listenForLife(child)
    this.#tell(child, { type: 'begin', settings, pinMemory: pins.memory })
  }

  #hear(json: unknown): void {
    const message = toSupervisor.safeParse(json)
    if (!message.success || this.#child === undefined) return
    this.#listenForLife(this.#child)
    const { data } = message
    if (data.type === 'pin') {
      this.#options.pins.note({ mark: data.mark, outcome: data.outcome })
    } else if (data.type === 'pin-wanted') {
      void this.#givePinTurn(this.#child)
    } else if (data.type === 'pin-done') {
      this.#endPinTurn()
    } else if (data.type === 'listening') {
      this.#starting?.resolve()
      this.#starting = undefined
    } else if (data.type === 'unfit') {
      this.#giveUpStarting(new GuardError('invalid-request', data.message))
    }
  }

  #ended({ code, signal }: { code: number | null; signal: string | null }): void {
    clearTimeout(this.#silence)
    this.#child = undefined
    this.#endPinTurn()
    if (this.#isStopping) return
    const livedMs = Date.now() - this.#bornAt
    this.#shortLives = livedMs >= STABLE_MS ? 0 : this.#shortLives + 1
    if (this.#shortLives >= STILLBORN_MAX) {
      this.#giveUpStarting(new GuardError('unavailable', 'The guard ends as soon as it is started'))
      if (this.#isStopping) return
    }
    // The first end of a guard is mended at once; requests wait for it.
    const isFirst = this.#shortLives <= 1
    const waitMs = isFirst ? 0 : backoffMs(this.#shortLives - 2, RESTART, Math.random())
    this.#options.log.warn({ code, signal, livedMs, waitMs }, 'guard: ended, to be started again')
    this.#restart = setTimeout(() => this.#spawn(), waitMs)
  }

  /** Only before it ever listened: later, whatever stands in the way may go away again. */
  #giveUpStarting(error: GuardError): void {
    if (this.#starting === undefined) return
    this.#isStopping = true
    this.#starting.reject(error)
    this.#starting = undefined
  }

  #listenForLife(child: ChildProcess): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      // This process may itself have been held up: what the guard said is then still to be read.
      this.#silence = setTimeout(() => {
        this.#options.log.error({ pid: child.pid }, 'guard: no sign of life, killed')
        child.kill('SIGKILL')
      }, 500)
    }, this.#options.stuckAfterMs)
  }

  async #givePinTurn(child: ChildProcess): Promise<void> {
    const { pins } = this.#options
    const end = await pins.takeTurn()
    // It may have ended while it waited.
    if (this.#child !== child) return end()
    this.#endPinTurn = end
    this.#tell(child, { type: 'pin-turn', last: pins.memory.last })
  }

  /** To one that just died: its exit is what matters. */
  #tell(child: ChildProcess, message: ToGuard): void {
    if (child.connected) child.send(message, () => {})
  }
}
