import type { GuardStatus } from './protocol.ts'
import type { Readiness } from './readiness.ts'
import type { TokenMember } from './token-member.ts'
import type { TokensStatus } from './tokens.ts'

/** How several tokens are as a whole: sums, and the particulars of the first that is in use. */
export function mergeStatus(members: readonly TokenMember[], readiness: Readiness): TokensStatus {
  const { state, message, retryAfterSeconds } = readiness
  const tokens = members.map(({ report }) => report)
  const statuses = members.flatMap(({ ways }) => ways.flatMap(({ status }) => status ?? []))
  const shown = members.flatMap(({ usableWays }) => usableWays.flatMap((way) => way.status ?? []))
  const { token, module } = shown[0] ?? statuses[0] ?? {}
  const errors = statuses.flatMap(({ lastError }) => lastError ?? [])
  const lastError = errors.toSorted((a, b) => b.at - a.at)[0]
  const sumOf = (pick: (status: GuardStatus) => number) =>
    statuses.reduce((sum, status) => sum + pick(status), 0)
  return {
    state,
    ...(state !== 'open' && { message: message ?? state, retryAfterSeconds }),
    generation: sumOf(({ generation }) => generation),
    ...(token !== undefined && { token }),
    ...(module !== undefined && { module }),
    sessions: {
      open: sumOf(({ sessions }) => sessions.open),
      wanted: sumOf(({ sessions }) => sessions.wanted),
      busy: sumOf(({ sessions }) => sessions.busy),
      waiting: sumOf(({ sessions }) => sessions.waiting),
    },
    counters: {
      signatures: members.reduce((sum, { signatures }) => sum + signatures, 0),
      failures: sumOf(({ counters }) => counters.failures),
      retries: sumOf(({ counters }) => counters.retries),
      logins: sumOf(({ counters }) => counters.logins),
      openings: sumOf(({ counters }) => counters.openings),
    },
    ...(lastError !== undefined && { lastError }),
    tokens,
  }
}
