import { randomBytes } from 'node:crypto'
import type { PinMemory, PinOutcome } from './pin-book.ts'

/** What became of each PIN, kept by whoever starts guards for as long as it starts them again. */
export class PinLedger {
  readonly #key: string
  readonly #last: Map<string, PinOutcome>
  readonly #onNote: (outcome: PinOutcome) => void

  /**
   * @param options.memory - Of somebody who knows more; else nothing is known.
   * @param options.onNote - Told of everything new.
   */
  constructor(options: { memory?: PinMemory; onNote?: (outcome: PinOutcome) => void } = {}) {
    const { memory, onNote = () => {} } = options
    this.#key = memory?.key ?? randomBytes(32).toString('hex')
    this.#last = new Map(memory?.last.map((outcome) => [outcome.mark, outcome]))
    this.#onNote = onNote
  }

  get memory(): PinMemory {
    return { key: this.#key, last: [...this.#last.values()] }
  }

  note(outcome: PinOutcome): void {
    this.#last.set(outcome.mark, outcome)
    this.#onNote(outcome)
  }
}
