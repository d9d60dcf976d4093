import type { z } from 'zod'
import type { Locale } from '../locales/locale.ts'

/** What a mail says. The renderer adds greeting marks, footer and both forms (text and HTML). */
export interface Mail {
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly button?: {
    readonly label: string
    /** On this appliance, beginning with `/`: the address itself comes from SCEAU_PUBLIC_URL alone. */
    readonly path: string
  }
}

/** One kind of notice: what it needs to know, and how each language says it. */
export interface Template<Data, Said> {
  /** Names of `data` that are removed from the outbox once the notice has ended: codes, tokens. */
  readonly secrets: readonly string[]
  /** What it needs to know. */
  readonly shape: z.ZodObject
  /**
   * @param data - As the outbox has kept it.
   * @throws ZodError when a template asks for what its caller did not give: a bug of ours.
   */
  say(locale: Locale, data: unknown): Said
  /** Never set; carries the type of the data to callers. */
  readonly data?: Data
}

/** How each language says it: the compiler refuses a kind that lacks one. */
type InEachLanguage<Data, Said> = Readonly<Record<Locale, (data: Data) => Said>>

/** @param shape - Strings and numbers by their names, as `z.object({ code: z.string() })`. */
export function mailTemplate<Shape extends z.ZodObject>(
  shape: Shape,
  options: { readonly secrets?: readonly (keyof z.output<Shape> & string)[] },
  words: InEachLanguage<z.output<Shape>, Mail>,
): Template<z.output<Shape>, Mail> {
  return makeTemplate(shape, options.secrets ?? [], words)
}

/** An SMS is one short text. */
export function smsTemplate<Shape extends z.ZodObject>(
  shape: Shape,
  options: { readonly secrets?: readonly (keyof z.output<Shape> & string)[] },
  words: InEachLanguage<z.output<Shape>, string>,
): Template<z.output<Shape>, string> {
  return makeTemplate(shape, options.secrets ?? [], words)
}

function makeTemplate<Shape extends z.ZodObject, Said>(
  shape: Shape,
  secrets: readonly string[],
  words: InEachLanguage<z.output<Shape>, Said>,
): Template<z.output<Shape>, Said> {
  return { secrets, shape, say: (locale, data) => words[locale](shape.parse(data)) }
}
