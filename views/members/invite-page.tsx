import { Actions, LinkButton, Submit } from '../components/buttons.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { Page } from '../components/page.tsx'
import { Select } from '../components/select.tsx'
import { memberWords } from '../locales/members.ts'
import type { FunctionName, MemberFrame } from './frame.ts'
import { TermFields, type Typed } from './term-fields.tsx'

interface InvitePageProps extends Typed {
  readonly frame: MemberFrame
  readonly functions: readonly FunctionName[]
}

/** Whom to invite, and as what. */
export const InvitePage = ({ frame, functions, values, errors }: InvitePageProps) => {
  const { locale, csrf } = frame
  const words = memberWords[locale]
  const named = (name: string) => ({ name, value: values[name], error: errors[name] })
  return (
    <Page {...frame} title={words.inviteTitle} lead={words.inviteLead} width="narrow">
      <ErrorSummary errors={errors} />
      <Form action="/members/invite" csrf={csrf}>
        <Field {...named('givenName')} label={words.givenName} required maxlength={100} />
        <Field {...named('familyName')} label={words.familyName} required maxlength={100} />
        <Field {...named('email')} type="email" label={words.email} required maxlength={254} />
        <Select
          {...named('locale')}
          value={values.locale ?? locale}
          label={words.language}
          required
          options={[
            { value: 'fr', label: words.languages.fr },
            { value: 'en', label: words.languages.en },
          ]}
        />
        <TermFields {...{ locale, functions, values, errors }} />
        <Actions>
          <Submit>{words.inviteSubmit}</Submit>
          <LinkButton href="/members">{words.back}</LinkButton>
        </Actions>
      </Form>
    </Page>
  )
}
