import type { PropsWithChildren } from 'hono/jsx'
import { Page } from '../components/page.tsx'
import { Steps } from '../components/steps.tsx'
import type { Viewer } from '../components/viewer.ts'
import { enrolWords } from '../locales/enrol.ts'
import type { Locale } from '../locales/locale.ts'

/** What every page of an enrolment is given besides its own. */
export interface EnrolFrame {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly csrf: string
}

/** What was typed and what is wrong with it; errors are keys of the page's words. */
export interface Typed {
  readonly values: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, string>>
}

type StepName = keyof (typeof enrolWords)['fr']['steps']

const STEPS: readonly StepName[] = [
  'contact',
  'identity',
  'verification',
  'access',
  'certificate',
  'conditions',
]

interface StepPageProps {
  readonly frame: EnrolFrame
  readonly step: StepName
  readonly lead?: string | undefined
  readonly scripts?: readonly string[]
}

/** One step: where it stands on the way, what it asks, and that one may stop here. */
export const StepPage = (props: PropsWithChildren<StepPageProps>) => {
  const { frame, step, lead, scripts, children } = props
  const words = enrolWords[frame.locale]
  return (
    <Page {...frame} title={words.title} lead={lead} width="narrow" scripts={scripts}>
      <Steps items={STEPS.map((name) => words.steps[name])} current={STEPS.indexOf(step)} />
      {children}
      <p class="hint">{words.resume}</p>
    </Page>
  )
}

/** Errors in words, by their fields. */
export function inWords(
  locale: Locale,
  errors: Readonly<Record<string, string>>,
): Record<string, string> {
  const words: Readonly<Record<string, string>> = enrolWords[locale].errors
  return Object.fromEntries(
    Object.entries(errors).map(([field, key]) => [field, words[key] ?? key]),
  )
}
