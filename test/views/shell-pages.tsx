import type { Viewer } from '../../views/components/viewer.ts'
import { HealthPage } from '../../views/health/health-page.tsx'
import { WaitingPage } from '../../views/home/waiting-page.tsx'
import type { Locale } from '../../views/locales/locale.ts'
import { navigationWords } from '../../views/locales/navigation.ts'
import { ProblemPage } from '../../views/problem.tsx'
import { SealListPage } from '../../views/seals/list-page.tsx'
import { SealPage } from '../../views/seals/seal-page.tsx'
import { SettingsPage } from '../../views/settings/settings-page.tsx'
import { GUARD, SEAL, WAITING } from './shell-samples.ts'

const AT = Date.UTC(2026, 10, 24, 9, 30)

function viewer(locale: Locale, at: string, capacities = 2): Viewer {
  const held = [
    {
      organisationId: 'o1',
      organisation: 'CROEC de Bretagne',
      capacity: locale === 'fr' ? 'Secrétaire générale' : 'Secretary General',
    },
    {
      organisationId: 'o2',
      organisation: 'Cabinet Le Goff & associés',
      capacity: locale === 'fr' ? 'Expert-comptable' : 'Chartered accountant',
    },
  ]
  const present = capacities === 2 ? held[0] : undefined
  return {
    name: 'Marie Le Goff',
    capacity: present?.capacity ?? '',
    organisation: present?.organisation ?? '',
    capacities: capacities === 0 ? [] : held,
    csrf: 'token',
    nav: Object.entries(navigationWords[locale]).map(([name, label]) => ({
      ...{ href: `/${name}`, label },
      current: `/${name}` === at,
    })),
    waiting: 2,
  }
}

const CHECKS = [
  { name: 'hsm', state: 'degraded', detail: 'serial:5a83277b: down' },
  { name: 'database', state: 'ok' },
  { name: 'disk', state: 'ok', detail: '48211 MiB free' },
  { name: 'later', state: 'down', detail: 'no answer' },
] as const

const SETTINGS = [
  {
    name: 'server',
    settings: [
      { variable: 'SCEAU_LISTEN', source: 'default', value: '127.0.0.1:8443' },
      { variable: 'SCEAU_PUBLIC_URL', source: 'set', value: 'https://sceau.croec.example' },
    ],
  },
  {
    name: 'mail',
    check: { state: 'down', detail: 'mail.example: connection refused' },
    settings: [
      { variable: 'SCEAU_SMTP_PASSWORD', source: 'set' },
      { variable: 'SCEAU_SMTP_FROM', source: 'unset' },
    ],
  },
] as const

/** The pages of the shell, filled. */
export const SHELL_PAGES: Readonly<
  Record<string, (locale: Locale) => ReturnType<typeof SealPage>>
> = {
  home: (locale) => {
    const waiting = WAITING.map((item) => ({
      ...item,
      title: item.title[locale],
      detail: item.detail[locale],
    }))
    return <WaitingPage {...{ locale, waiting }} path="/home" viewer={viewer(locale, '/home')} />
  },
  'home-choose': (locale) => (
    <WaitingPage {...{ locale }} waiting={[]} path="/home" viewer={viewer(locale, '/home', 1)} />
  ),
  'home-none': (locale) => (
    <WaitingPage {...{ locale }} waiting={[]} path="/home" viewer={viewer(locale, '/home', 0)} />
  ),
  seals: (locale) => (
    <SealListPage {...{ locale }} path="/seals" viewer={viewer(locale, '/seals')} seals={[SEAL]} />
  ),
  seal: (locale) => (
    <SealPage {...{ locale }} path="/seals/x" viewer={viewer(locale, '/seals')} seal={SEAL} />
  ),
  health: (locale) => (
    <HealthPage
      {...{ locale }}
      path="/health"
      viewer={viewer(locale, '/health')}
      health={{ at: AT, checks: CHECKS, guard: GUARD }}
    />
  ),
  settings: (locale) => (
    <SettingsPage
      {...{ locale }}
      path="/settings"
      viewer={viewer(locale, '/settings')}
      groups={SETTINGS}
    />
  ),
  problem: (locale) => (
    <ProblemPage
      locale={locale}
      problem={{ status: 503, type: '/problems/hsm-unavailable', detail: 'Nothing was signed.' }}
      requestId="0199f3a2-77b1"
      viewer={viewer(locale, '')}
    />
  ),
}
