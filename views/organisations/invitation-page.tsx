import { Actions, Submit } from '../components/buttons.tsx'
import { Form } from '../components/form.tsx'
import { Page } from '../components/page.tsx'
import { organisationWords } from '../locales/organisations.ts'
import type { MemberFrame } from '../members/frame.ts'

interface InvitationPageProps {
  readonly frame: MemberFrame
  readonly organisationId: string
  readonly organisation: string
}

/** What accepting an invitation means, and the two answers. */
export const InvitationPage = ({ frame, organisationId, organisation }: InvitationPageProps) => {
  const words = organisationWords[frame.locale]
  const home = `/organisations/${organisationId}`
  return (
    <Page {...frame} title={words.invitationTitle} width="narrow">
      <p>{words.invitationText(organisation)}</p>
      <Form action={`${home}/accept`} csrf={frame.csrf}>
        <Actions>
          <Submit>{words.accept}</Submit>
          <Submit tone="secondary" formaction={`${home}/refuse`}>
            {words.refuse}
          </Submit>
        </Actions>
      </Form>
    </Page>
  )
}
