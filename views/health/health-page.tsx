import { Badge } from '../components/badge.tsx'
import { LinkButton } from '../components/buttons.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateTime } from '../components/date-time.tsx'
import { InLocale } from '../components/in-locale.tsx'
import { Page } from '../components/page.tsx'
import type { Viewer } from '../components/viewer.ts'
import { healthWords } from '../locales/health.ts'
import type { Locale } from '../locales/locale.ts'
import { type GuardSheet, GuardState } from './guard-state.tsx'

/** One part of the appliance. */
interface ShownCheck {
  readonly name: string
  readonly state: 'ok' | 'degraded' | 'down'
  /** As the log says it, in English. */
  readonly detail?: string | undefined
}

/** How everything is at one moment (Unix ms). */
export interface HealthSheet {
  readonly at: number
  readonly checks: readonly ShownCheck[]
  readonly guard: GuardSheet
}

interface HealthPageProps {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly health: HealthSheet
}

const REFRESH_S = 10

/** What the appliance needs, and how it is. With htmx it stays up to date by itself. */
export const HealthPage = ({ locale, path, viewer, health }: HealthPageProps) => {
  const words = healthWords[locale]
  return (
    <Page
      {...{ locale, path, viewer }}
      title={words.title}
      lead={words.lead}
      actions={<LinkButton href="/health">{words.refresh}</LinkButton>}
    >
      {/* Morphing leaves alone what has not changed: only news is read aloud. */}
      <div hx-get="/health/state" hx-trigger={`every ${REFRESH_S}s`} hx-swap="innerMorph">
        <HealthState locale={locale} health={health} />
      </div>
    </Page>
  )
}

const TONES = { ok: 'good', degraded: 'warn', down: 'bad' } as const
const NOTICES = { ok: 'success', degraded: 'warning', down: 'error' } as const

/** The part of the page that is asked for again. */
export const HealthState = ({ locale, health }: { locale: Locale; health: HealthSheet }) => {
  const words = healthWords[locale]
  const worst = worstOf(health.checks)
  const verdict = { ok: words.ready, degraded: words.degraded, down: words.down }[worst]
  return (
    <InLocale locale={locale}>
      <div class={`notice notice-${NOTICES[worst]}`} aria-live="polite">
        <p class="notice-title">{verdict}</p>
      </div>
      <DataTable
        caption={words.checksTitle}
        head={[words.check, words.state, words.detail]}
        rows={health.checks.map(({ name, state, detail }) => [
          nameOf(name, words.checks),
          <Badge tone={TONES[state]}>{words.states[state]}</Badge>,
          detail !== undefined && <span lang="en">{detail}</span>,
        ])}
        empty=""
      />
      <GuardState locale={locale} guard={health.guard} />
      <p class="hint">
        {words.refreshed} <DateTime at={health.at} />. {words.refreshes}
      </p>
    </InLocale>
  )
}

function worstOf(checks: readonly ShownCheck[]): ShownCheck['state'] {
  const states = new Set(checks.map(({ state }) => state))
  if (states.has('down')) return 'down'
  return states.has('degraded') ? 'degraded' : 'ok'
}

/** A check that has no words yet goes by its own name. */
function nameOf(name: string, names: Readonly<Record<string, string>>): string {
  return names[name] ?? name
}
