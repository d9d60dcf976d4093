import { raw } from 'hono/html'
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { Locale } from '../locales/locale.ts'
import { shellWords } from '../locales/shell.ts'
import { InLocale } from './in-locale.tsx'
import { Header, Sidebar } from './shell.tsx'
import type { Viewer } from './viewer.ts'

interface PageProps {
  readonly locale: Locale
  readonly title: string
  /** The address of this page with its query: the link to the other language leads there. */
  readonly path: string
  /** Absent before sign-in. */
  readonly viewer?: Viewer | undefined
  /** A sentence below the title. */
  readonly lead?: string | undefined
  /** What can be done on this page, beside its title. */
  readonly actions?: Child
  /** Own ES modules, as `/static/passkeys.js`. */
  readonly scripts?: readonly string[] | undefined
  /** A form or a text alone reads better in a narrow column. */
  readonly width?: 'wide' | 'narrow' | undefined
}

const STYLE_SHEETS = ['sceau', 'shell', 'components']

/** htmx changes no style and runs no text as code: the policy of contents would refuse it. */
const HTMX_CONFIG = JSON.stringify({ includeIndicatorCSS: false, history: false })

/** The frame of every page: header, navigation, one main, no inline style or script. */
export const Page = (props: PropsWithChildren<PageProps>) => {
  const { locale, title, path, viewer, lead, actions, width = 'wide', children } = props
  const words = shellWords[locale]
  return (
    <InLocale locale={locale}>
      {raw('<!doctype html>')}
      <html lang={locale}>
        <Head title={title} scripts={props.scripts ?? []} usesHtmx={viewer !== undefined} />
        <body
          class={viewer === undefined ? undefined : 'has-sidebar'}
          {...(viewer && {
            'hx-headers:inherited': JSON.stringify({ 'X-CSRF-Token': viewer.csrf }),
          })}
        >
          <a class="skip" href="#content">
            {words.skipToContent}
          </a>
          <Header locale={locale} path={path} viewer={viewer} />
          {viewer?.banner !== undefined && (
            <aside class="banner" aria-label={words.banner}>
              {viewer.banner}
            </aside>
          )}
          {viewer && <Sidebar viewer={viewer} />}
          <main id="content" class={`main-${width}`} tabindex={-1}>
            <div class="page-head">
              <h1>{title}</h1>
              {actions !== undefined && <div class="actions">{actions}</div>}
            </div>
            {lead !== undefined && <p class="lead">{lead}</p>}
            <div id="notice" aria-live="polite"></div>
            {children}
          </main>
          <Footer words={words} />
        </body>
      </html>
    </InLocale>
  )
}

interface HeadProps {
  readonly title: string
  readonly scripts: readonly string[]
  readonly usesHtmx: boolean
}

const Head = ({ title, scripts, usesHtmx }: HeadProps) => (
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>{`${title} · Sceau`}</title>
    {STYLE_SHEETS.map((name) => (
      <link rel="stylesheet" href={`/static/${name}.css`} />
    ))}
    <link rel="stylesheet" href="/static/print.css" media="print" />
    <link rel="icon" href="/static/sceau.svg" type="image/svg+xml" />
    {usesHtmx && (
      <>
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <script src="/static/htmx.min.js" defer></script>
      </>
    )}
    {scripts.map((src) => (
      <script src={src} type="module"></script>
    ))}
  </head>
)

const Footer = ({ words }: { words: (typeof shellWords)[Locale] }) => (
  <footer class="footer">
    <p>{words.footer}</p>
    <p>
      <a href="/">{words.footerVerify}</a> · <a href="/api/docs">{words.footerApi}</a>
    </p>
  </footer>
)
