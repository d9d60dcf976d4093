import { Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { Form } from '../components/form.tsx'
import { Page } from '../components/page.tsx'
import { enrolWords } from '../locales/enrol.ts'
import type { EnrolFrame } from './frame.tsx'

interface LandingPageProps {
  readonly frame: EnrolFrame
  readonly givenName: string
  readonly organisation: string
  readonly token: string
}

/** What will be asked, before anything is asked. */
export const LandingPage = ({ frame, givenName, organisation, token }: LandingPageProps) => {
  const words = enrolWords[frame.locale]
  return (
    <Page {...frame} title={words.title} lead={words.landingLead(givenName)} width="narrow">
      <p>{words.invitedBy(organisation)}</p>
      <Card title={words.needTitle}>
        <ul>
          <li>{words.needMobile}</li>
          <li>{words.needDocument}</li>
          <li>{words.needRegister}</li>
          <li>{words.needFactor}</li>
        </ul>
      </Card>
      <Card title={words.dataTitle}>
        <p>{words.dataText}</p>
      </Card>
      <Form action={`/enrol/${token}`} csrf={frame.csrf}>
        <Submit>{words.begin}</Submit>
      </Form>
      <p class="hint">{words.resume}</p>
    </Page>
  )
}
