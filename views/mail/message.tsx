import { raw } from 'hono/html'
import type { Locale } from '../locales/locale.ts'
import type { Mail } from './template.ts'

interface Rendered {
  /** One line, whatever names it holds. */
  readonly subject: string
  readonly text: string
  readonly html: string
}

const SUBJECT_LENGTH_MAX = 150
const PATH = /^\/(?!\/)[\w\-./~%?=&]*$/

const WORDS = {
  fr: {
    sender: (host: string) => `Message automatique de l’appareil de signature ${host}.`,
    unexpected: 'Si vous ne l’attendiez pas, vous pouvez l’ignorer.',
    hint: 'Si le lien ne s’ouvre pas, recopiez cette adresse dans votre navigateur\u00a0:',
  },
  en: {
    sender: (host: string) => `Automatic message of the signing appliance ${host}.`,
    unexpected: 'If you did not expect it, you can ignore it.',
    hint: 'If the link does not open, copy this address into your browser:',
  },
} as const satisfies Record<Locale, unknown>

/**
 * A mail in both its forms.
 *
 * @param on.publicUrl - Links begin with it, and with nothing that a request brought.
 * @throws RangeError when a button's path leads away from the appliance: a bug of a template.
 */
export async function renderMail(
  { subject, paragraphs, button }: Mail,
  on: { readonly locale: Locale; readonly publicUrl: string },
): Promise<Rendered> {
  const link = button && { label: button.label, href: linkTo(on.publicUrl, button.path) }
  const said = paragraphs.map(oneLine)
  const line = [...oneLine(subject)].slice(0, SUBJECT_LENGTH_MAX).join('')
  const host = new URL(on.publicUrl).host
  const body = <MailBody subject={line} paragraphs={said} link={link} host={host} {...on} />
  return {
    subject: line,
    text: renderText(said, link, host, WORDS[on.locale]),
    html: String(await body),
  }
}

function linkTo(publicUrl: string, path: string): string {
  if (!PATH.test(path)) throw new RangeError('a link of a mail is a path of this appliance')
  return `${publicUrl}${path}`
}

/** Names come from people: neither a second header nor a hidden direction of writing comes along. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, ' ').trim()
}

type Link = { readonly label: string; readonly href: string } | undefined

function renderText(
  paragraphs: readonly string[],
  link: Link,
  host: string,
  words: (typeof WORDS)[Locale],
): string {
  const linked = link === undefined ? [] : [`${link.label}\n${link.href}`]
  const footer = `-- \n${words.sender(host)} ${words.unexpected}`
  return `${[...paragraphs, ...linked, footer].join('\n\n')}\n`
}

interface MailBodyProps {
  readonly locale: Locale
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly link: Link
  readonly host: string
}

/** No colours but the reader's own, so that light and dark both hold; no image, nothing fetched. */
const MailBody = ({ locale, subject, paragraphs, link, host }: MailBodyProps) => {
  const words = WORDS[locale]
  return (
    <>
      {raw('<!doctype html>')}
      <html lang={locale}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="supported-color-schemes" content="light dark" />
          <title>{subject}</title>
        </head>
        <body style="margin:0;padding:24px;font:16px/1.5 sans-serif">
          <div style="max-width:36em;margin:0 auto" lang={locale}>
            {paragraphs.map((paragraph) => (
              <p>{paragraph}</p>
            ))}
            {link && (
              <>
                <p>
                  <a href={link.href} style="font-weight:bold">
                    {link.label}
                  </a>
                </p>
                <p style="font-size:14px">
                  {words.hint}
                  <br />
                  <a href={link.href}>{link.href}</a>
                </p>
              </>
            )}
            <hr style="border:0;border-top:1px solid;opacity:.4" />
            <p style="font-size:14px">
              {words.sender(host)} {words.unexpected}
            </p>
          </div>
        </body>
      </html>
    </>
  )
}
