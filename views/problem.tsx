import { LinkButton } from './components/buttons.tsx'
import { InLocale } from './components/in-locale.tsx'
import { Notice } from './components/notice.tsx'
import { Page } from './components/page.tsx'
import type { Viewer } from './components/viewer.ts'
import type { Locale } from './locales/locale.ts'
import { problemWords } from './locales/problems.ts'

/** A problem document (RFC 9457), as far as a person reads it. */
interface ShownProblem {
  readonly status: number
  /** `/problems/<slug>`. */
  readonly type: string
  /** In English: written for whoever programs against the interface too. */
  readonly detail?: unknown
}

interface ProblemProps {
  readonly locale: Locale
  readonly problem: ShownProblem
  /** By which the technical log knows the request. */
  readonly requestId?: string | undefined
}

interface ProblemPageProps extends ProblemProps {
  readonly viewer?: Viewer | undefined
}

/** A failure as a page a person understands, within the frame that the person had. */
export const ProblemPage = ({ locale, problem, requestId, viewer }: ProblemPageProps) => {
  const { title, text } = wordsFor(locale, problem)
  const words = problemWords[locale]
  const mustSignIn = problem.status === 401
  return (
    <Page {...{ locale, title, viewer }} path={viewer ? '/home' : '/'} lead={text} width="narrow">
      {typeof problem.detail === 'string' && problem.status !== 404 && (
        <p lang="en">{problem.detail}</p>
      )}
      <p>
        {mustSignIn ? (
          <LinkButton href="/sign-in" tone="primary">
            {words.signIn}
          </LinkButton>
        ) : (
          <LinkButton href={viewer ? '/home' : '/'} tone="primary">
            {words.back}
          </LinkButton>
        )}
      </p>
      <RequestNumber locale={locale} problem={problem} requestId={requestId} />
    </Page>
  )
}

/** The same for htmx, which puts it above the page that asked. */
export const ProblemNotice = ({ locale, problem, requestId }: ProblemProps) => {
  const { title, text } = wordsFor(locale, problem)
  return (
    <InLocale locale={locale}>
      <Notice kind="error" title={title}>
        <p>{text}</p>
        <RequestNumber locale={locale} problem={problem} requestId={requestId} />
      </Notice>
    </InLocale>
  )
}

const RequestNumber = ({ locale, problem, requestId }: ProblemProps) => {
  const words = problemWords[locale]
  return (
    <p class="hint">
      {problem.status}
      {requestId !== undefined && (
        <>
          {' · '}
          {words.requestId} <code>{requestId}</code>. {words.quote}
        </>
      )}
    </p>
  )
}

function wordsFor(locale: Locale, { type }: ShownProblem) {
  const { titles, texts } = problemWords[locale]
  const slug = type.replace(/^\/problems\//, '')
  const key = isKnown(slug) ? slug : 'other'
  return { title: titles[key], text: texts[key] }
}

function isKnown(slug: string): slug is keyof (typeof problemWords)['fr']['titles'] {
  return Object.hasOwn(problemWords.fr.titles, slug)
}
