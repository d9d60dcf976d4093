import { Field } from '../components/field.tsx'
import { Select } from '../components/select.tsx'
import { functionWords } from '../locales/functions.ts'
import type { Locale } from '../locales/locale.ts'
import { memberWords } from '../locales/members.ts'
import type { FunctionName } from './frame.ts'

/** What was typed, and what is wrong with it, in words, by the names of the fields. */
export interface Typed {
  readonly values: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, string>>
}

interface TermFieldsProps extends Typed {
  readonly locale: Locale
  readonly functions: readonly FunctionName[]
}

/** A function, its term, and in which qualities its holder signs. */
export const TermFields = ({ locale, functions, values, errors }: TermFieldsProps) => {
  const words = memberWords[locale]
  const held = functionWords[locale]
  const named = (name: string) => ({ name, value: values[name], error: errors[name] })
  return (
    <>
      <Select
        {...named('function')}
        label={words.function}
        required
        options={functions.map((one) => ({ value: one, label: held[one] }))}
      />
      <Field {...named('firstDay')} type="date" label={words.firstDay} hint={words.firstDayHint} />
      <Field {...named('lastDay')} type="date" label={words.lastDay} hint={words.lastDayHint} />
      <Field {...named('social')} label={words.social} hint={words.socialHint} maxlength={200} />
      <Field
        {...named('technical')}
        label={words.technical}
        hint={words.technicalHint}
        maxlength={200}
      />
    </>
  )
}
