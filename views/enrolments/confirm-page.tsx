import { Confirm } from '../components/confirm.tsx'
import { Page } from '../components/page.tsx'
import { enrolmentsWords } from '../locales/enrolments.ts'
import type { EnrolmentsFrame } from './frame.ts'

interface ConfirmPageProps {
  readonly frame: EnrolmentsFrame
  readonly what: 'restart' | 'block'
  readonly id: string
  readonly name: string
}

/** The second page before an enrolment is restarted or stopped: it names whose. */
export const ConfirmPage = ({ frame, what, id, name }: ConfirmPageProps) => {
  const words = enrolmentsWords[frame.locale]
  const [title, text, confirm] =
    what === 'restart'
      ? [words.restartTitle(name), words.restartText(name), words.restartSubmit]
      : [words.blockTitle(name), words.blockText(name), words.blockSubmit]
  return (
    <Page {...frame} title={title} width="narrow">
      <Confirm
        action={`/enrolments/${id}/${what}`}
        csrf={frame.csrf}
        confirm={confirm}
        cancelHref={`/enrolments/${id}`}
      >
        <p>{text}</p>
      </Confirm>
    </Page>
  )
}
