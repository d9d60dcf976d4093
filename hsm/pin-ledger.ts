import { randomBytes } from 'node:crypto'
import type { PinMemory, PinOutcome } from './pin-book.ts'

/** What became of a token's PINs, kept by whoever starts its guards for as long as it does. */
export class PinLedger {
  readonly #key: string
  readonly #last: Map<string, PinOutcome>
  readonly #onNote: (outcome: PinOutcome) => void
  #turn: Promise<void> = Promise.resolve()

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

  /**
   * One guard after the other: what the first learns of a PIN that was changed on the token, the
   * next must know before it tries the same.
   *
   * @returns When it is the caller's turn: what ends it.
   */
  async takeTurn(): Promise<() => void> {
    const before = this.#turn
    let end = () => {}
    this.#turn = new Promise((resolve) => {
      end = resolve
    })
    await before
    return end
  }

  note(outcome: PinOutcome): void {
    this.#last.set(outcome.mark, outcome)
    this.#onNote(outcome)
  }
}
