import { Submit } from '../components/buttons.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { StepFrame } from './frame.tsx'

interface IdentityFormProps {
  readonly frame: StepFrame
  readonly values: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, string>>
}

/** Who the administrator is, and his password. */
export const IdentityForm = ({ frame, values, errors }: IdentityFormProps) => {
  const words = firstRunWords[frame.locale]
  return (
    <Form action="/first-run/administrator" csrf={frame.csrf}>
      <Field
        name="givenName"
        label={words.givenName}
        value={values.givenName}
        error={errors.givenName}
        autocomplete="given-name"
        maxlength={100}
        required
      />
      <Field
        name="familyName"
        label={words.familyName}
        value={values.familyName}
        error={errors.familyName}
        autocomplete="family-name"
        maxlength={100}
        required
      />
      <Field
        name="email"
        type="email"
        label={words.email}
        value={values.email}
        error={errors.email}
        autocomplete="email"
        maxlength={254}
        required
      />
      <Field
        name="mobile"
        type="tel"
        label={words.mobile}
        hint={words.mobileHint}
        value={values.mobile}
        error={errors.mobile}
        autocomplete="tel"
        required
      />
      <PasswordFields words={words} errors={errors} />
      <Submit>{words.continue}</Submit>
    </Form>
  )
}

interface PasswordFieldsProps {
  readonly words: (typeof firstRunWords)['fr']
  readonly errors: Readonly<Record<string, string>>
}

/** A password, twice: what is typed cannot be seen. */
export const PasswordFields = ({ words, errors }: PasswordFieldsProps) => (
  <>
    <Field
      name="password"
      type="password"
      label={words.password}
      hint={words.passwordHint}
      error={errors.password}
      autocomplete="new-password"
      required
    />
    <Field
      name="passwordAgain"
      type="password"
      label={words.passwordAgain}
      error={errors.passwordAgain}
      autocomplete="new-password"
      required
    />
  </>
)
