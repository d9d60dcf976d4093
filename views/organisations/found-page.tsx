import { Actions, LinkButton, Submit } from '../components/buttons.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { Page } from '../components/page.tsx'
import { Select } from '../components/select.tsx'
import { TextArea } from '../components/text-area.tsx'
import { functionWords } from '../locales/functions.ts'
import { organisationWords } from '../locales/organisations.ts'
import type { FunctionName, MemberFrame } from '../members/frame.ts'
import type { Typed } from '../members/term-fields.tsx'

interface FoundPageProps extends Typed {
  readonly frame: MemberFrame
  readonly functions: readonly FunctionName[]
}

const KINDS = ['firm', 'agc', 'other'] as const

/** A further organisation, and what its founder is in it. */
export const FoundPage = ({ frame, functions, values, errors }: FoundPageProps) => {
  const { locale, csrf } = frame
  const words = organisationWords[locale]
  const named = (name: string) => ({ name, value: values[name], error: errors[name] })
  return (
    <Page {...frame} title={words.foundTitle} lead={words.foundLead} width="narrow">
      <ErrorSummary errors={errors} />
      <Form action="/organisations/found" csrf={csrf}>
        <Field {...named('name')} label={words.name} required maxlength={200} />
        <Select
          {...named('kind')}
          label={words.kind}
          required
          options={KINDS.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
        />
        <Field
          {...named('siren')}
          label={words.siren}
          required
          inputmode="numeric"
          maxlength={14}
        />
        <TextArea
          {...named('address')}
          label={words.address}
          hint={words.addressHint}
          maxlength={500}
        />
        <Select
          {...named('function')}
          label={words.function}
          hint={words.functionHint}
          required
          options={functions.map((one) => ({ value: one, label: functionWords[locale][one] }))}
        />
        <Actions>
          <Submit>{words.foundSubmit}</Submit>
          <LinkButton href="/organisations">{words.back}</LinkButton>
        </Actions>
      </Form>
    </Page>
  )
}
