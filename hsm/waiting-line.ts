import type { Priority } from './protocol.ts'

/** When somebody has to be done, and before whom. */
export interface Turn {
  readonly deadlineAt: number
  readonly priority: Priority
}

/** So many interactive ones go before a batch that waits; then it has a turn, or it would starve. */
const INTERACTIVE_IN_ROW_MAX = 8

/** Who waits for a lane: whoever a person waits for goes first, else in the order of asking. */
export class WaitingLine<Waiter extends Turn> {
  readonly #lines: Record<Priority, Waiter[]> = { interactive: [], batch: [] }
  #interactiveInRow = 0

  get length(): number {
    return this.#lines.interactive.length + this.#lines.batch.length
  }

  push(waiter: Waiter): void {
    this.#lines[waiter.priority].push(waiter)
  }

  /** @returns Who is next, and waits no longer. */
  shift(): Waiter | undefined {
    const { interactive, batch } = this.#lines
    const isBatchTurn = interactive.length === 0 || this.#interactiveInRow >= INTERACTIVE_IN_ROW_MAX
    if (isBatchTurn && batch.length > 0) {
      this.#interactiveInRow = 0
      return batch.shift()
    }
    this.#interactiveInRow = batch.length > 0 ? this.#interactiveInRow + 1 : 0
    return interactive.shift()
  }
}
