import { raw } from 'hono/html'
import type { PropsWithChildren } from 'hono/jsx'
import { type Locale, wordsOf } from './locales/locale.ts'

interface LayoutProps {
  readonly locale: Locale
  readonly title: string
  /** Where the link to the other language leads; a problem page has no address of its own. */
  readonly path: string
}

/** The frame of every page: one header, one main, no inline style or script. */
export const Layout = ({ locale, title, path, children }: PropsWithChildren<LayoutProps>) => {
  const words = wordsOf(locale)
  const other = locale === 'fr' ? 'en' : 'fr'
  return (
    <>
      {raw('<!doctype html>')}
      <html lang={locale}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{`${title} · Sceau`}</title>
          <link rel="stylesheet" href="/static/sceau.css" />
          <link rel="icon" href="/static/sceau.svg" type="image/svg+xml" />
        </head>
        <body>
          <a class="skip" href="#content">
            {words.skipToContent}
          </a>
          <header class="top">
            <a class="brand" href="/">
              Sceau
            </a>
            <a href={`${path}?lang=${other}`} hreflang={other} lang={other}>
              {words.otherLanguage}
            </a>
          </header>
          <main id="content">
            <h1>{title}</h1>
            {children}
          </main>
        </body>
      </html>
    </>
  )
}
