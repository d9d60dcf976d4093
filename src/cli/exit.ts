/** Exit codes of the command, fixed by docs/API.md §2. */
export const EXIT = { ok: 0, documentFailed: 1, usage: 2, unreachable: 3 } as const

/** Ends a command with a message for the person at the terminal. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}
