/** One thing the server needs, and how it is. */
export interface Check {
  readonly state: 'ok' | 'degraded' | 'down'
  readonly detail?: string
}

interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, Check>>
}

export type CheckReadiness = () => Promise<Readiness>
