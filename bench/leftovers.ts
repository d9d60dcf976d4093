const cleanups: (() => void)[] = []

/**
 * Do this when the process ends before its time, the latest first. What `cleanup` cleans is often
 * gone by then, and it must bear that.
 */
export function atEnd(cleanup: () => void): void {
  if (cleanups.length === 0) {
    process.once('exit', () => {
      for (const one of cleanups.reverse()) one()
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  }
  cleanups.push(cleanup)
}
