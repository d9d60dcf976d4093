import { Badge } from '../components/badge.tsx'
import { Card } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import type { Viewer } from '../components/viewer.ts'
import type { Locale } from '../locales/locale.ts'
import { settingWords } from '../locales/settings.ts'

type GroupName = keyof (typeof settingWords)['fr']['groups']

/** One variable, as far as anybody may read it. */
interface Setting {
  readonly variable: string
  readonly source: 'set' | 'default' | 'unset'
  /** Absent when it is not set, or when it is a secret. */
  readonly value?: string | undefined
}

/** Settings that serve one thing, and whether that thing works now. */
export interface SettingGroup {
  readonly name: GroupName
  readonly settings: readonly Setting[]
  readonly check?:
    | { readonly state: 'ok' | 'degraded' | 'down'; readonly detail?: string | undefined }
    | undefined
}

interface SettingsPageProps {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly groups: readonly SettingGroup[]
}

const TONES = { ok: 'good', degraded: 'warn', down: 'bad' } as const

/** What is configured, by which variable, and whether it works. */
export const SettingsPage = ({ locale, path, viewer, groups }: SettingsPageProps) => {
  const words = settingWords[locale]
  return (
    <Page {...{ locale, path, viewer }} title={words.title} lead={words.lead}>
      <Notice kind="info" title={words.howTitle}>
        {words.howText}
      </Notice>
      {groups.map(({ name, settings, check }) => (
        <Card title={words.groups[name]} id={name}>
          {check && (
            <p>
              {words.test} <Badge tone={TONES[check.state]}>{words.tests[check.state]}</Badge>{' '}
              <span class="hint" lang="en">
                {check.detail ?? ''}
              </span>
            </p>
          )}
          <DataTable
            caption={words.groups[name]}
            hideCaption
            head={[words.variable, words.value, words.source]}
            rows={settings.map((setting) => [
              <code>{setting.variable}</code>,
              <Value setting={setting} locale={locale} />,
              { set: words.isSet, default: words.isDefault, unset: words.unset }[setting.source],
            ])}
            empty={words.unset}
          />
        </Card>
      ))}
    </Page>
  )
}

const Value = ({ setting, locale }: { setting: Setting; locale: Locale }) => {
  const { value, source } = setting
  if (value !== undefined) return <code>{value}</code>
  return <span class="hint">{source === 'set' ? settingWords[locale].secret : '–'}</span>
}
