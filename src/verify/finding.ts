import type { Indication, SubIndication } from './report.ts'

/** One thing that keeps a signature from passing. */
export interface Finding {
  readonly indication: Exclude<Indication, 'TOTAL_PASSED'>
  readonly subIndication: SubIndication
  /** A sentence for people. */
  readonly reason: string
}

export function failed(subIndication: SubIndication, reason: string): Finding {
  return { indication: 'TOTAL_FAILED', subIndication, reason }
}

export function undecided(subIndication: SubIndication, reason: string): Finding {
  return { indication: 'INDETERMINATE', subIndication, reason }
}

/** The verdict (ETSI EN 319 102-1 §5.1.3): the first failure, else the first doubt, else passed. */
export function conclude(findings: readonly Finding[]): {
  indication: Indication
  subIndication: SubIndication | null
  reasons: string[]
} {
  const failures = findings.filter(({ indication }) => indication === 'TOTAL_FAILED')
  const doubts = findings.filter(({ indication }) => indication !== 'TOTAL_FAILED')
  const [gravest] = [...failures, ...doubts]
  return {
    indication: gravest?.indication ?? 'TOTAL_PASSED',
    subIndication: gravest?.subIndication ?? null,
    reasons: [...failures, ...doubts].map(({ reason }) => reason),
  }
}
