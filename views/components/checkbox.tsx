import { type FieldText, fieldId, HintAndError, tied } from './labelled.tsx'

interface CheckboxProps extends FieldText {
  readonly checked?: boolean | undefined
  /** What is sent when it is ticked; nothing is sent when it is not. */
  readonly value?: string | undefined
  /** Where several boxes have the same name. */
  readonly id?: string | undefined
  readonly disabled?: boolean | undefined
}

/** Yes or no. */
export const Checkbox = (props: CheckboxProps) => {
  const { name, label, hint, error, required, checked, value = 'on', id, disabled } = props
  return (
    <div class={error === undefined ? 'choice' : 'choice field-wrong'}>
      <input
        {...tied({ name, hint, error, required })}
        id={id ?? fieldId(name)}
        type="checkbox"
        value={value}
        checked={checked === true}
        disabled={disabled === true}
      />
      <label for={id ?? fieldId(name)}>{label}</label>
      <HintAndError {...{ name, hint, error }} />
    </div>
  )
}
