import { fieldId, HintAndError } from './labelled.tsx'
import type { Option } from './select.tsx'

interface RadiosProps {
  readonly name: string
  readonly legend: string
  readonly options: readonly Option[]
  readonly value?: string | undefined
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly required?: boolean | undefined
}

/** One of a few, all of them seen at once, each with a line that explains it. */
export const Radios = (props: RadiosProps) => {
  const { name, legend, options, value, hint, error, required } = props
  return (
    <fieldset class={error === undefined ? 'field' : 'field field-wrong'} id={fieldId(name)}>
      <legend>{legend}</legend>
      <HintAndError {...{ name, hint, error }} />
      {options.map((option) => {
        const id = `${fieldId(name)}-${option.value}`
        return (
          <div class="choice">
            <input
              type="radio"
              id={id}
              name={name}
              value={option.value}
              checked={option.value === value}
              disabled={option.disabled === true}
              required={required === true}
              aria-describedby={option.hint === undefined ? undefined : `${id}-hint`}
            />
            <label for={id}>{option.label}</label>
            {option.hint !== undefined && (
              <p class="hint" id={`${id}-hint`}>
                {option.hint}
              </p>
            )}
          </div>
        )
      })}
    </fieldset>
  )
}
