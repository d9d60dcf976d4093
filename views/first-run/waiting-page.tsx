import { Page } from '../components/page.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { Locale } from '../locales/locale.ts'

interface WaitingPageProps {
  readonly locale: Locale
  readonly path: string
  /** Somebody came by a link that is not, or no longer, the right one. */
  readonly isDeadLink?: boolean
}

/** For whoever comes without the link before the first run is over. */
export const WaitingPage = ({ locale, path, isDeadLink = false }: WaitingPageProps) => {
  const words = firstRunWords[locale]
  const title = isDeadLink ? words.deadTitle : words.waitingTitle
  const lead = isDeadLink ? words.deadLead : words.waitingLead
  return (
    <Page {...{ locale, path, title, lead }} width="narrow">
      <p>{words.waitingHow}</p>
    </Page>
  )
}
