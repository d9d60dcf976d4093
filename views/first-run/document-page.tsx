import { Actions, LinkButton, Submit } from '../components/buttons.tsx'
import { Card, Facts } from '../components/card.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import { type StepFrame, StepPage } from './frame.tsx'

/** The sealed page. */
interface SealedPage {
  readonly seal: string
  readonly name: string
  readonly sha256: string
  readonly level: string
}

interface DocumentPageProps {
  readonly frame: StepFrame
  readonly values: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, string>>
  /** Absent before it was sealed. */
  readonly sealed?: SealedPage | undefined
  /** The administrator needs a second factor before the end. */
  readonly hasFactor: boolean
}

/** Step 8, and the end. */
export const DocumentPage = ({ frame, values, errors, sealed, hasFactor }: DocumentPageProps) => {
  const words = firstRunWords[frame.locale]
  return (
    <StepPage frame={frame} lead={words.documentLead}>
      {sealed === undefined ? (
        <SealForm {...{ frame, values, errors }} />
      ) : (
        <>
          <Notice kind="success">{words.documentDone}</Notice>
          <Facts
            items={[
              [words.documentVerdict, words.documentPassed],
              [words.documentLevel, sealed.level],
              [words.sealName, sealed.name],
              [words.sealId, <code>{sealed.seal}</code>],
              [words.sha256, <code>{sealed.sha256}</code>],
            ]}
          />
          <Actions>
            <LinkButton href="/first-run/document/page.pdf">{words.documentDownload}</LinkButton>
          </Actions>
          <Card title={words.finishTitle}>
            {hasFactor ? (
              <>
                <p>{words.finishText}</p>
                <Form action="/first-run/finish" csrf={frame.csrf}>
                  <Submit>{words.finish}</Submit>
                </Form>
              </>
            ) : (
              <>
                <p>{words.factorMissing}</p>
                <LinkButton href="/first-run/administrator/factor" tone="primary">
                  {words.factorAdd}
                </LinkButton>
              </>
            )}
          </Card>
        </>
      )}
    </StepPage>
  )
}

const SealForm = ({ frame, values, errors }: Omit<DocumentPageProps, 'sealed' | 'hasFactor'>) => {
  const words = firstRunWords[frame.locale]
  return (
    <>
      <ErrorSummary errors={errors} />
      <Form action="/first-run/document" csrf={frame.csrf}>
        <Field
          name="name"
          label={words.sealName}
          value={values.name ?? words.sealDefault}
          error={errors.name}
          maxlength={64}
          required
        />
        <Field
          name="id"
          label={words.sealId}
          hint={words.sealIdHint}
          value={values.id ?? 'cachet'}
          error={errors.id}
          maxlength={64}
          pattern="[a-z0-9]([a-z0-9\-]{0,62}[a-z0-9])?"
          required
        />
        <Submit>{words.documentMake}</Submit>
      </Form>
    </>
  )
}
