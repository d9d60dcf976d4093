import { Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateTime } from '../components/date-time.tsx'
import { Form } from '../components/form.tsx'
import type { Locale } from '../locales/locale.ts'
import { profileWords } from '../locales/profile.ts'

export interface ShownSession {
  readonly id: string
  readonly browser: string | undefined
  readonly system: string | undefined
  readonly ip: string
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly isHere: boolean
}

interface SessionsCardProps {
  readonly locale: Locale
  readonly csrf: string
  readonly sessions: readonly ShownSession[]
}

/** Where one is signed in; each place can be shut but this one, which signs out. */
export const SessionsCard = ({ locale, csrf, sessions }: SessionsCardProps) => {
  const words = profileWords[locale]
  return (
    <Card title={words.sessionsTitle} id="sessions">
      <DataTable
        caption={words.sessionsCaption}
        hideCaption
        head={[
          words.sessionDevice,
          words.sessionIp,
          words.sessionSince,
          words.sessionSeen,
          words.passkeyActions,
        ]}
        rows={sessions.map((session) => [
          deviceIn(locale, session),
          session.ip,
          <DateTime at={session.createdAt} />,
          <DateTime at={session.lastSeenAt} />,
          session.isHere ? (
            words.sessionHere
          ) : (
            <Form action={`/profile/sessions/${session.id}/end`} csrf={csrf}>
              <Submit tone="secondary">{words.sessionEnd}</Submit>
            </Form>
          ),
        ])}
        empty=""
      />
      {sessions.length > 1 && (
        <Form action="/profile/sessions/end-others" csrf={csrf}>
          <Submit tone="secondary">{words.sessionsEndOthers}</Submit>
        </Form>
      )}
    </Card>
  )
}

function deviceIn(locale: Locale, { browser, system }: ShownSession): string {
  const words = profileWords[locale]
  if (browser !== undefined && system !== undefined) return words.deviceOn(browser, system)
  return browser ?? system ?? words.unknownDevice
}
