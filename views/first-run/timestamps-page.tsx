import { Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { Checkbox } from '../components/checkbox.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateTime } from '../components/date-time.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import { type StepFrame, StepPage } from './frame.tsx'

/** What came of asking one service. */
type Asked =
  | {
      readonly url: string
      readonly ok: true
      /** Unix ms. */
      readonly at: number
      readonly aheadMs: number
      readonly subject: string
    }
  | {
      readonly url: string
      readonly ok: false
      readonly problem: keyof (typeof firstRunWords)['fr']['timestampsProblems']
      readonly detail: string
    }

interface TimestampsPageProps {
  readonly frame: StepFrame
  readonly urls: readonly string[]
  /** Absent before they were asked. */
  readonly reports?: readonly Asked[] | undefined
  readonly isWithout: boolean
  readonly errors: Readonly<Record<string, string>>
}

const CLOCK_MS_MAX = 2_000

/** Step 6. */
export const TimestampsPage = (props: TimestampsPageProps) => {
  const { frame, urls, reports, isWithout, errors } = props
  const words = firstRunWords[frame.locale]
  const isReady = reports?.some(({ ok }) => ok) === true
  return (
    <StepPage frame={frame} lead={words.timestampsLead}>
      <ErrorSummary errors={errors} />
      {isWithout && <Notice kind="warning">{words.timestampsIsWithout}</Notice>}
      {reports !== undefined && !isReady && (
        <Notice kind="error">{words.timestampsNoneReady}</Notice>
      )}
      {reports !== undefined && <Reports reports={reports} words={words} />}
      {urls.length === 0 ? (
        <Notice kind="info">{words.timestampsNone}</Notice>
      ) : (
        <>
          <h2>{words.timestampsUrls}</h2>
          <ul>
            {urls.map((url) => (
              <li>
                <code>{url}</code>
              </li>
            ))}
          </ul>
          <Form action="/first-run/timestamps" csrf={frame.csrf}>
            <Submit name="do" value="try" tone={isReady ? 'secondary' : 'primary'}>
              {words.timestampsTry}
            </Submit>
          </Form>
        </>
      )}
      {!isReady && !isWithout && (
        <Card title={words.timestampsWithoutTitle}>
          <p>{words.timestampsWithoutText}</p>
          <Form action="/first-run/timestamps" csrf={frame.csrf}>
            <Checkbox
              name="understood"
              label={words.timestampsUnderstood}
              error={errors.understood}
              required
            />
            <Submit name="do" value="without" tone="danger">
              {words.timestampsWithout}
            </Submit>
          </Form>
        </Card>
      )}
    </StepPage>
  )
}

type Words = (typeof firstRunWords)['fr']

const Reports = ({ reports, words }: { reports: readonly Asked[]; words: Words }) => {
  const apart = reports.flatMap((one) => (one.ok ? [Math.abs(one.aheadMs)] : []))
  const worst = Math.max(0, ...apart)
  return (
    <>
      <DataTable
        caption={words.timestampsResult}
        hideCaption
        empty=""
        head={[
          words.timestampsService,
          words.timestampsResult,
          words.timestampsSaid,
          words.timestampsBy,
        ]}
        rows={reports.map((one) =>
          one.ok
            ? [one.url, words.timestampsOk, <DateTime at={one.at} />, one.subject]
            : [
                one.url,
                words.timestampsProblems[one.problem],
                '–',
                <code lang="en">{one.detail}</code>,
              ],
        )}
      />
      {worst > CLOCK_MS_MAX && (
        <Notice kind="warning">{words.timestampsClock(String(Math.round(worst / 1000)))}</Notice>
      )}
    </>
  )
}
