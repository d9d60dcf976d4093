import { type FieldText, Labelled, tied } from './labelled.tsx'

interface TextAreaProps extends FieldText {
  readonly value?: string | undefined
  readonly rows?: number | undefined
  readonly maxlength?: number | undefined
}

/** Several lines of text. */
export const TextArea = (props: TextAreaProps) => {
  const { name, label, hint, error, required, value = '', rows = 4, maxlength } = props
  return (
    <Labelled {...{ name, label, hint, error, required }} saysOptional>
      <textarea {...tied({ name, hint, error, required })} rows={rows} maxlength={maxlength}>
        {value}
      </textarea>
    </Labelled>
  )
}
