/** Wakes whoever waits for something to change: each looks for itself whether it is what it needs. */
export class Bell {
  #waiting: (() => void)[] = []

  ring(): void {
    const woken = this.#waiting
    this.#waiting = []
    for (const wake of woken) wake()
  }

  /** @param atMostMs - As long as that, when nothing changes. */
  async wait(atMostMs?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
      if (atMostMs !== undefined) timer = setTimeout(resolve, atMostMs)
    })
    clearTimeout(timer)
  }
}
