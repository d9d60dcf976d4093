import { Badge } from '../components/badge.tsx'
import { Card, Facts } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateTime } from '../components/date-time.tsx'
import { healthWords } from '../locales/health.ts'
import type { Locale } from '../locales/locale.ts'

type TokenState = keyof (typeof healthWords)['fr']['tokenStates']

/** The guard and the tokens it reaches, as its status says. */
export interface GuardSheet {
  readonly startedAt: number
  readonly token?:
    | { readonly model: string; readonly manufacturer: string; readonly serial: string }
    | undefined
  readonly module?: { readonly description: string; readonly version: string } | undefined
  readonly sessions: {
    readonly open: number
    readonly wanted: number
    readonly busy: number
    readonly waiting: number
  }
  readonly counters: { readonly retries: number; readonly logins: number }
  readonly lastError?: { readonly message: string; readonly at: number } | undefined
  readonly tokens: readonly {
    readonly selector: string
    readonly state: TokenState
    readonly message?: string | undefined
    readonly latencyMs?: number | undefined
    readonly signatures: number
    readonly failures: number
  }[]
}

const TONES = {
  opening: 'warn',
  open: 'good',
  down: 'bad',
  'pin-refused': 'bad',
  unusable: 'bad',
  'set-aside': 'warn',
} as const

/** Tokens, sessions, and what went wrong last. */
export const GuardState = ({ locale, guard }: { locale: Locale; guard: GuardSheet }) => {
  const words = healthWords[locale]
  const number = new Intl.NumberFormat(locale)
  const { token, module, sessions, counters, lastError } = guard
  return (
    <>
      <DataTable
        caption={words.tokensTitle}
        head={[
          words.token,
          words.state,
          words.latency,
          words.signatures,
          words.failures,
          words.message,
        ]}
        rows={guard.tokens.map(({ selector, state, latencyMs, signatures, failures, message }) => [
          <code>{selector}</code>,
          <Badge tone={TONES[state]}>{words.tokenStates[state]}</Badge>,
          latencyMs === undefined
            ? '–'
            : `${number.format(Math.round(latencyMs * 10) / 10)}\u00a0ms`,
          number.format(signatures),
          number.format(failures),
          message !== undefined && <span lang="en">{message}</span>,
        ])}
        empty={words.noTokens}
      />
      <Card title={words.guardTitle}>
        <Facts
          items={[
            [words.model, token && `${token.manufacturer} ${token.model}`],
            [words.serial, token && <code>{token.serial}</code>],
            [words.module, module?.description],
            [words.version, module?.version],
            [words.sessions, words.sessionsText(sessions.open, sessions.wanted, sessions.busy)],
            [words.queue, number.format(sessions.waiting)],
            [words.retries, number.format(counters.retries)],
            [words.logins, number.format(counters.logins)],
            [words.startedAt, guard.startedAt > 0 && <DateTime at={guard.startedAt} />],
            [
              words.lastError,
              lastError && (
                <>
                  <span lang="en">{lastError.message}</span> (<DateTime at={lastError.at} />)
                </>
              ),
            ],
          ]}
        />
      </Card>
    </>
  )
}
