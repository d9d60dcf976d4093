import { z } from 'zod'
import { guardSettings } from './guard-settings.ts'

const pinOutcome = z.object({
  mark: z.string(),
  outcome: z.enum(['trying', 'accepted', 'refused', 'untried']),
})

/** What a supervisor tells its guard, over the channel between parent and child. */
export const toGuard = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('begin'),
    settings: guardSettings,
    /** What earlier lives of the guard learnt of the PIN: a refused one is never tried again. */
    pinMemory: z.object({ key: z.string().min(32), last: z.array(pinOutcome).readonly() }),
  }),
  /** The guard may try a PIN now, knowing what others of the same token have learnt meanwhile. */
  z.object({ type: z.literal('pin-turn'), last: z.array(pinOutcome).readonly() }),
  z.object({ type: z.literal('stop') }),
])
export type ToGuard = z.input<typeof toGuard>

/** What a guard tells its supervisor. */
export const toSupervisor = z.discriminatedUnion('type', [
  z.object({ type: z.literal('alive') }),
  z.object({ type: z.literal('listening') }),
  z.object({ type: z.literal('pin'), ...pinOutcome.shape }),
  /** It wants to try a PIN, and waits for its turn; then it has done so. */
  z.object({ type: z.literal('pin-wanted') }),
  z.object({ type: z.literal('pin-done') }),
  /** The settings cannot be used at all: starting again would not help. */
  z.object({ type: z.literal('unfit'), message: z.string() }),
])
export type ToSupervisor = z.infer<typeof toSupervisor>

export const ALIVE_EVERY_MS = 1_000
