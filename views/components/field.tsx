import { type FieldText, Labelled, tied } from './labelled.tsx'

interface FieldProps extends FieldText {
  readonly type?:
    | 'date'
    | 'datetime-local'
    | 'email'
    | 'number'
    | 'password'
    | 'search'
    | 'tel'
    | 'text'
    | 'url'
    | undefined
  readonly value?: string | number | undefined
  /** A token of the HTML standard: `email`, `one-time-code`, `username webauthn`, … */
  readonly autocomplete?: string | undefined
  readonly inputmode?: 'decimal' | 'email' | 'numeric' | 'tel' | 'text' | 'url' | undefined
  readonly maxlength?: number | undefined
  readonly pattern?: string | undefined
  readonly min?: string | number | undefined
  readonly max?: string | number | undefined
  readonly readonly?: boolean | undefined
  /** Set where the page is nothing but this field. */
  readonly autofocus?: boolean | undefined
}

/** One line of text. One that may be left empty says so. */
export const Field = (props: FieldProps) => {
  const { name, label, hint, error, required, type = 'text', readonly, ...rest } = props
  const saysOptional = type !== 'search' && readonly !== true
  return (
    <Labelled {...{ name, label, hint, error, required, saysOptional }}>
      <input
        {...tied({ name, hint, error, required })}
        {...rest}
        type={type}
        readonly={readonly}
        spellcheck={type === 'text' ? undefined : false}
      />
    </Labelled>
  )
}
