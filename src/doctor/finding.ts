import { AppError } from '../errors.ts'

/** One thing that was checked. */
export interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly detail: string
  /** What to do, where there is something to do. */
  readonly mend?: string
}

export function ok(check: string, detail: string): Finding {
  return { check, state: 'ok', detail }
}

export function warn(check: string, detail: string, mend: string): Finding {
  return { check, state: 'warn', detail, mend }
}

export function fail(check: string, detail: string, mend: string): Finding {
  return { check, state: 'fail', detail, mend }
}

/** The person at this terminal is the operator: an error's own words are for them, secrets apart. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message
  return error instanceof Error ? error.message : String(error)
}
