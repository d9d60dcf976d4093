import { useShellWords } from './in-locale.tsx'

interface PagerProps {
  /** Addresses, with the filters of the list; absent at its ends. */
  readonly previous?: string | undefined
  readonly next?: string | undefined
  /** For instance «1 – 50 of 312». */
  readonly summary?: string | undefined
}

/** From one page of a list to its neighbours. */
export const Pager = ({ previous, next, summary }: PagerProps) => {
  const words = useShellWords()
  if (previous === undefined && next === undefined && summary === undefined) return null
  return (
    <nav class="pager" aria-label={words.pagerLabel}>
      {previous !== undefined && (
        <a class="button button-secondary" rel="prev" href={previous}>
          {words.previous}
        </a>
      )}
      {summary !== undefined && <span>{summary}</span>}
      {next !== undefined && (
        <a class="button button-secondary" rel="next" href={next}>
          {words.next}
        </a>
      )}
    </nav>
  )
}
