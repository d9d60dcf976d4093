import type { PropsWithChildren } from 'hono/jsx'
import { useShellWords } from './in-locale.tsx'

/** What every field has around its control. */
export interface FieldText {
  /** The name in the form; `field-<name>` is the id of the control. */
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly required?: boolean | undefined
}

interface LabelledProps extends FieldText {
  /** Say that it may be left empty. */
  readonly saysOptional?: boolean
}

/** A label, a hint and an error around one control, which `describedBy` ties to them. */
export const Labelled = (props: PropsWithChildren<LabelledProps>) => {
  const { name, label, hint, error, required, saysOptional = false, children } = props
  const words = useShellWords()
  return (
    <div class={error === undefined ? 'field' : 'field field-wrong'}>
      <label for={fieldId(name)}>
        {label}
        {saysOptional && required !== true && <span class="optional"> ({words.optional})</span>}
      </label>
      <HintAndError {...{ name, hint, error }} />
      {children}
    </div>
  )
}

export const HintAndError = ({ name, hint, error }: Omit<FieldText, 'label'>) => (
  <>
    {hint !== undefined && (
      <p class="hint" id={`${fieldId(name)}-hint`}>
        {hint}
      </p>
    )}
    {error !== undefined && (
      <p class="error" id={`${fieldId(name)}-error`}>
        {error}
      </p>
    )}
  </>
)

export function fieldId(name: string): string {
  return `field-${name}`
}

/** Attributes that tie a control to its label, hint and error. */
export function tied({ name, hint, error, required }: Omit<FieldText, 'label'>) {
  const described = [
    ...(hint === undefined ? [] : [`${fieldId(name)}-hint`]),
    ...(error === undefined ? [] : [`${fieldId(name)}-error`]),
  ]
  return {
    id: fieldId(name),
    name,
    ...(required === true && { required }),
    ...(described.length > 0 && { 'aria-describedby': described.join(' ') }),
    ...(error !== undefined && { 'aria-invalid': 'true' as const }),
  }
}
