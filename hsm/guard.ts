/**
 * The guard's process: the only one that loads a PKCS#11 library and reads a PIN. It is started,
 * told its settings and watched by `supervisor.ts`, and does not outlive it.
 */
import { statSync, writeSync } from 'node:fs'
import { z } from 'zod'
import { GuardError } from './errors.ts'
import type { GuardLog } from './guard-log.ts'
import { GuardServer } from './guard-server.ts'
import type { SettledSettings } from './guard-settings.ts'
import { PinBook, type PinMemory, type PinOutcome, type PinTurns } from './pin-book.ts'
import { PinLedger } from './pin-ledger.ts'
import { SoleToken } from './sole-token.ts'
import { ALIVE_EVERY_MS, type ToSupervisor, toGuard } from './supervision.ts'
import { TokenSet } from './token-set.ts'
import type { Tokens } from './tokens.ts'

/** Less than the supervisor's patience: a guard that ends by itself says why it could not. */
const LEAVE_WITHIN_MS = 8_000
const STDERR = 2

if (process.send === undefined) {
  writeSync(STDERR, 'The guard is started by its supervisor: run «sceau guard».\n')
  process.exit(2)
}

// A signal to the whole group, as from Ctrl-C, must not end the guard before those who need it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

process.title = 'sceau-guard'
const log: GuardLog = {
  info: (details, message) => writeLine('info', message, details),
  warn: (details, message) => writeLine('warn', message, details),
  error: (details, message) => writeLine('error', message, details),
}
let end: () => Promise<void> = async () => {}
let isBegun = false
let isLeaving = false
/** Told when it is this guard's turn to try a PIN, or that it will not come. */
let onPinTurn: (known: readonly PinOutcome[] | undefined) => void = () => {}

process.on('message', (message: unknown) => {
  const order = toGuard.safeParse(message)
  if (!order.success) return unfit(z.prettifyError(order.error))
  if (order.data.type === 'stop') void leave()
  else if (order.data.type === 'pin-turn') onPinTurn(order.data.last)
  else if (!isBegun) void begin(order.data.settings, order.data.pinMemory)
})
// Without its supervisor nobody would start it again, or end it: no orphan keeps the PIN.
process.on('disconnect', () => void leave())

async function begin(settings: SettledSettings, pinMemory: PinMemory): Promise<void> {
  isBegun = true
  const startedAt = Date.now()
  warnOfReadablePin(settings.pinFile)
  const tokens = makeTokens(settings, pinMemory)
  const server = new GuardServer({ tokens, startedAt, log })
  try {
    await server.listen({ path: settings.socketPath, group: settings.socketGroup })
  } catch (error) {
    if (error instanceof GuardError) return unfit(error.message)
    return unfit(`The socket ${settings.socketPath} cannot be opened: ${String(error)}`)
  }
  tokens.start()
  end = async () => {
    await server.close()
    await tokens.close()
  }
  setInterval(() => void tell({ type: 'alive' }), ALIVE_EVERY_MS).unref()
  await tell({ type: 'listening' })
}

/** One token and one process is the usual case, and has no process in between. */
function makeTokens(settings: SettledSettings, memory: PinMemory): Tokens {
  const [selector = '', ...others] = settings.tokens
  const tellPin = (outcome: PinOutcome) => tell({ type: 'pin', ...outcome })
  if (others.length > 0 || settings.processes > 1) {
    const makeLedger = () => new PinLedger({ memory, onNote: (outcome) => void tellPin(outcome) })
    return new TokenSet({ settings, makeLedger, log })
  }
  const turns: PinTurns = {
    take: () =>
      new Promise((resolve, reject) => {
        onPinTurn = (known) => {
          if (known === undefined) reject(new GuardError('unavailable', 'The guard is ending'))
          else resolve(known)
        }
        if (isLeaving) onPinTurn(undefined)
        void tell({ type: 'pin-wanted' })
      }),
    end: () => void tell({ type: 'pin-done' }),
  }
  return new SoleToken({
    ...settings,
    modulePath: settings.module,
    selector,
    sessions: settings.sessions,
    pins: new PinBook({ path: settings.pinFile, token: selector, memory, tell: tellPin, turns }),
    log,
    onStuck: giveUp,
  })
}

async function leave(): Promise<void> {
  if (isLeaving) return
  isLeaving = true
  onPinTurn(undefined)
  setTimeout(() => giveUp('It could not end in order'), LEAVE_WITHIN_MS)
  await end()
  process.exit(0)
}

/**
 * A native call that does not return holds its thread for ever, and an orderly exit would wait for
 * that thread.
 */
function giveUp(reason: string): void {
  log.error({ reason }, 'guard: given up, to be started again')
  process.kill(process.pid, 'SIGKILL')
}

function unfit(message: string): void {
  log.error({}, `guard: ${message}`)
  void tell({ type: 'unfit', message }).then(() => process.exit(2))
}

function tell(message: ToSupervisor): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve())
    else resolve()
  })
}

function warnOfReadablePin(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat !== undefined && (stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8)
    log.warn({ path, mode }, 'guard: others may read the PIN file; chmod it to 600')
  }
}

/** Written at once: the last line before the end is the one that matters. */
function writeLine(level: string, message: string, details: object): void {
  writeSync(STDERR, `${JSON.stringify({ level, time: Date.now(), message, ...details })}\n`)
}
