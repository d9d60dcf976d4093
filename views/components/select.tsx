import { useShellWords } from './in-locale.tsx'
import { type FieldText, Labelled, tied } from './labelled.tsx'

/** One choice among several. */
export interface Option {
  readonly value: string
  readonly label: string
  readonly hint?: string | undefined
  readonly disabled?: boolean | undefined
}

interface SelectProps extends FieldText {
  readonly options: readonly Option[]
  /** Without one, nothing is chosen at first when a choice is required. */
  readonly value?: string | undefined
}

/** One of a list that folds. */
export const Select = (props: SelectProps) => {
  const { name, label, hint, error, required, options, value } = props
  const words = useShellWords()
  const isChosen = options.some((option) => option.value === value)
  return (
    <Labelled {...{ name, label, hint, error, required }}>
      <select {...tied({ name, hint, error, required })}>
        {required === true && !isChosen && (
          <option value="" selected>
            {words.choose}
          </option>
        )}
        {options.map((option) => (
          <option
            value={option.value}
            selected={option.value === value}
            disabled={option.disabled === true}
          >
            {option.label}
          </option>
        ))}
      </select>
    </Labelled>
  )
}
