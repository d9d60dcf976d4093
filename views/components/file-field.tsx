import { type FieldText, Labelled, tied } from './labelled.tsx'

interface FileFieldProps extends FieldText {
  /** Media types, as in `image/jpeg,image/png,application/pdf`. */
  readonly accept?: string | undefined
}

/** A file; the form around it is `multipart`. */
export const FileField = (props: FileFieldProps) => {
  const { name, label, hint, error, required, accept } = props
  return (
    <Labelled {...{ name, label, hint, error, required }} saysOptional>
      <input {...tied({ name, hint, error, required })} type="file" accept={accept} />
    </Labelled>
  )
}
