import { Submit } from '../components/buttons.tsx'
import { Card, Cards } from '../components/card.tsx'
import { Checkbox } from '../components/checkbox.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Form } from '../components/form.tsx'
import { Select } from '../components/select.tsx'
import { TextArea } from '../components/text-area.tsx'
import { enrolmentsWords } from '../locales/enrolments.ts'
import type { EnrolmentsFrame } from './frame.ts'

interface DecisionFormsProps {
  readonly frame: EnrolmentsFrame
  readonly id: string
  readonly values: Readonly<Record<string, string>>
  /** Keys of the page's words. */
  readonly errors: Readonly<Record<string, string>>
}

/** Verify, saying what was compared, or refuse, saying why. */
export const DecisionForms = ({ frame, id, values, errors }: DecisionFormsProps) => {
  const { locale, csrf } = frame
  const words = enrolmentsWords[locale]
  const known: Readonly<Record<string, string>> = words.errors
  const wrong = Object.fromEntries(
    Object.entries(errors).map(([field, key]) => [field, known[key] ?? key]),
  )
  const box = (name: string, label: string) => (
    <Checkbox {...{ name, label }} error={wrong[name]} checked={values[name] === 'on'} required />
  )
  return (
    <>
      <ErrorSummary errors={wrong} />
      <Cards>
        <Card title={words.verifyTitle}>
          <Form action={`/enrolments/${id}/verification`} csrf={csrf}>
            <p>{words.verifyLead}</p>
            {box('checkedName', words.checkedName)}
            {box('checkedDocument', words.checkedDocument)}
            {box('checkedNumber', words.checkedNumber)}
            {box('checkedRegister', words.checkedRegister)}
            <Select
              name="method"
              label={words.method}
              value={values.method}
              error={wrong.method}
              options={Object.entries(words.methods).map(([value, label]) => ({ value, label }))}
              required
            />
            <Submit>{words.verify}</Submit>
          </Form>
        </Card>
        <Card title={words.rejectTitle}>
          <Form action={`/enrolments/${id}/rejection`} csrf={csrf}>
            <TextArea
              name="reason"
              label={words.reason}
              value={values.reason ?? ''}
              error={wrong.reason}
              maxlength={500}
              required
            />
            <Submit tone="danger">{words.reject}</Submit>
          </Form>
        </Card>
      </Cards>
    </>
  )
}
