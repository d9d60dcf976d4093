import type { PropsWithChildren } from 'hono/jsx'
import { LinkButton } from '../components/buttons.tsx'
import { Page } from '../components/page.tsx'
import { Steps } from '../components/steps.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { Locale } from '../locales/locale.ts'

/** The steps in their order. */
const STEP_NAMES = [
  'language',
  'organisation',
  'administrator',
  'hsm',
  'authority',
  'timestamps',
  'messages',
  'document',
] as const
type StepName = (typeof STEP_NAMES)[number]

/** What every page of the first run is given. */
export interface StepFrame {
  readonly locale: Locale
  readonly path: string
  readonly csrf: string
  readonly step: StepName
  /** Whether this step is done, and may be done again. */
  readonly isDone: boolean
}

interface StepPageProps {
  readonly frame: StepFrame
  readonly lead: string
  readonly scripts?: readonly string[]
}

/** One step: where one stands, what it is about, and the way on once it is done. */
export const StepPage = ({ frame, lead, scripts, children }: PropsWithChildren<StepPageProps>) => {
  const { locale, path, step, isDone } = frame
  const words = firstRunWords[locale]
  const index = STEP_NAMES.indexOf(step)
  const [before, after] = [STEP_NAMES[index - 1], STEP_NAMES[index + 1]]
  return (
    <Page {...{ locale, path, lead }} title={words.steps[step]} scripts={scripts}>
      <Steps items={STEP_NAMES.map((name) => words.steps[name])} current={index} />
      {children}
      <p class="actions">
        {before !== undefined && (
          <LinkButton href={`/first-run/${before}`}>{words.back}</LinkButton>
        )}
        {isDone && after !== undefined && (
          <LinkButton href={`/first-run/${after}`} tone="primary">
            {words.next}
          </LinkButton>
        )}
      </p>
    </Page>
  )
}
