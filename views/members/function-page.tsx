import { Actions, LinkButton, Submit } from '../components/buttons.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Form } from '../components/form.tsx'
import { Page } from '../components/page.tsx'
import { memberWords } from '../locales/members.ts'
import { shellWords } from '../locales/shell.ts'
import type { FunctionName, MemberFrame } from './frame.ts'
import { TermFields, type Typed } from './term-fields.tsx'

interface FunctionPageProps extends Typed {
  readonly frame: MemberFrame
  readonly personId: string
  readonly name: string
  readonly functions: readonly FunctionName[]
}

/** Give a member a function, or another term to one he has. */
export const FunctionPage = (props: FunctionPageProps) => {
  const { frame, personId, name, functions, values, errors } = props
  const { locale, csrf } = frame
  const words = memberWords[locale]
  return (
    <Page
      {...frame}
      title={words.setFunctionTitle(name)}
      lead={words.setFunctionLead}
      width="narrow"
    >
      <ErrorSummary errors={errors} />
      <Form action={`/members/${personId}/function`} csrf={csrf}>
        <TermFields {...{ locale, functions, values, errors }} />
        <Actions>
          <Submit>{words.setFunctionSubmit}</Submit>
          <LinkButton href={`/members/${personId}`}>{shellWords[locale].cancel}</LinkButton>
        </Actions>
      </Form>
    </Page>
  )
}
