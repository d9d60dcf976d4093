import { Page } from './components/page.tsx'
import { type Locale, wordsOf } from './locales/locale.ts'

interface ProblemPageProps {
  readonly locale: Locale
  readonly problem: { readonly status: number; readonly title: string }
}

/** A failure as a page a person understands. */
export const ProblemPage = ({ locale, problem }: ProblemPageProps) => {
  const words = wordsOf(locale)
  return (
    <Page locale={locale} title={words.problemTitle} path="/">
      <p class="lead">{problem.status === 404 ? words.problemNotFound : words.problemInternal}</p>
      <p>
        {problem.status} · {problem.title}
      </p>
      <p>
        <a href="/">{words.problemBack}</a>
      </p>
    </Page>
  )
}
