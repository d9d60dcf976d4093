import { Submit } from '../components/buttons.tsx'
import { Facts } from '../components/card.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Radios } from '../components/radios.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import { type StepFrame, StepPage } from './frame.tsx'

const KINDS = ['council', 'firm', 'agc', 'other'] as const

interface OrganisationPageProps {
  readonly frame: StepFrame
  /** As typed, or as it stands. */
  readonly values: Readonly<Record<string, string>>
  /** In words, by field. */
  readonly errors: Readonly<Record<string, string>>
  /** Whether certificates name it already. */
  readonly isFixed: boolean
}

/** Step 2. */
export const OrganisationPage = ({ frame, values, errors, isFixed }: OrganisationPageProps) => {
  const words = firstRunWords[frame.locale]
  const kinds = KINDS.map((value) => ({ value, label: words.kinds[value] }))
  if (isFixed) {
    const kind = kinds.find(({ value }) => value === values.kind)?.label
    return (
      <StepPage frame={frame} lead={words.organisationLead}>
        <Notice kind="info">{words.organisationFixed}</Notice>
        <Facts
          items={[
            [words.organisationName, values.name],
            [words.siren, values.siren],
            [words.kind, kind],
          ]}
        />
      </StepPage>
    )
  }
  return (
    <StepPage frame={frame} lead={words.organisationLead}>
      <ErrorSummary errors={errors} />
      <Form action="/first-run/organisation" csrf={frame.csrf}>
        <Field
          name="name"
          label={words.organisationName}
          value={values.name}
          error={errors.name}
          autocomplete="organization"
          maxlength={200}
          required
        />
        <Field
          name="siren"
          label={words.siren}
          hint={words.sirenHint}
          value={values.siren}
          error={errors.siren}
          inputmode="numeric"
          required
        />
        <Radios
          name="kind"
          legend={words.kind}
          value={values.kind}
          error={errors.kind}
          options={kinds}
          required
        />
        <Submit>{words.continue}</Submit>
      </Form>
    </StepPage>
  )
}
