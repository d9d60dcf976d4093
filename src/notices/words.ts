import type { Locale } from '../../views/locales/locale.ts'
import type { Mail, Template } from '../../views/mail/template.ts'
import { MAIL_TEMPLATES, SMS_TEMPLATES } from '../../views/mail/templates.ts'
import type { Channel } from './model.ts'

const MAILS: ReadonlyMap<string, Template<unknown, Mail>> = new Map(Object.entries(MAIL_TEMPLATES))
const TEXTS: ReadonlyMap<string, Template<unknown, string>> = new Map(Object.entries(SMS_TEMPLATES))

/** What stands for a secret where it must not be read. */
const MASK = '•••'

/** What a notice is written with. */
export interface Written {
  readonly kind: string
  readonly locale: Locale
  readonly data: unknown
}

/** @throws RangeError, ZodError when the templates do not know it: it is of another version. */
export function sayMail({ kind, locale, data }: Written): Mail {
  return known(MAILS.get(kind), kind).say(locale, data)
}

/** @throws RangeError, ZodError as `sayMail`. */
export function saySms({ kind, locale, data }: Written): string {
  return known(TEXTS.get(kind), kind).say(locale, data)
}

/** The names of the data that must not outlive the notice. */
export function secretsOf(channel: Channel, kind: string): readonly string[] {
  return (channel === 'mail' ? MAILS : TEXTS).get(kind)?.secrets ?? []
}

/** The data as it may be kept and shown. It can still be read with the same template. */
export function withoutSecrets(channel: Channel, kind: string, data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data
  const masked = secretsOf(channel, kind).filter((name) => name in data)
  return { ...data, ...Object.fromEntries(masked.map((name) => [name, MASK])) }
}

/** Every kind there is, for the administration's filter. */
export function listKinds(): string[] {
  return [...new Set([...MAILS.keys(), ...TEXTS.keys()])].sort()
}

function known<Found>(template: Found | undefined, kind: string): Found {
  if (template === undefined) throw new RangeError(`no template says ${kind}`)
  return template
}
