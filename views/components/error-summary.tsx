import { useShellWords } from './in-locale.tsx'
import { fieldId } from './labelled.tsx'

/** At the head of a form that was refused: every error, each a link to its field. */
export const ErrorSummary = ({ errors }: { readonly errors: Readonly<Record<string, string>> }) => {
  const words = useShellWords()
  const entries = Object.entries(errors)
  if (entries.length === 0) return null
  return (
    <section class="notice notice-error" role="alert">
      <h2 class="notice-title">{words.errorsTitle}</h2>
      <ul>
        {entries.map(([name, error]) => (
          <li>
            <a href={`#${fieldId(name)}`}>{error}</a>
          </li>
        ))}
      </ul>
    </section>
  )
}
