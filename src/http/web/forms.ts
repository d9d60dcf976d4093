import type { z } from 'zod'
import type { WebEnv } from './web-env.ts'

/** What a person typed, or what is wrong with it, by the names of the fields. */
export type FormResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false
      /** The first problem of each field, as the schema words it: a key of the page's words. */
      readonly errors: Readonly<Record<string, string>>
      /** What was typed, to be shown again; never a secret. */
      readonly values: Readonly<Record<string, string>>
    }

const VALUE_LENGTH_MAX = 4_000
const SECRET = /password|code|pin|secret/i

/**
 * The posted fields by a schema. Texts are trimmed and in NFC (but for passwords), control
 * characters removed; a field that comes several times is an array.
 */
export function readForm<Schema extends z.ZodType>(
  c: { readonly var: Pick<WebEnv['Variables'], 'form'> },
  schema: Schema,
): FormResult<z.infer<Schema>> {
  const fields = fieldsOf(c.var.form)
  const read = schema.safeParse(fields)
  if (read.success) return { ok: true, value: read.data }
  const errors: Record<string, string> = {}
  for (const { path, message } of read.error.issues) {
    const name = String(path[0] ?? 'form')
    errors[name] ??= message
  }
  return { ok: false, errors, values: shownAgain(fields) }
}

type Fields = Record<string, string | string[] | File>

function fieldsOf(form: FormData | undefined): Fields {
  const fields: Fields = {}
  for (const name of new Set(form?.keys() ?? [])) {
    const values = form?.getAll(name) ?? []
    const texts = values.flatMap((value) => (typeof value === 'string' ? [clean(name, value)] : []))
    const [first] = values
    if (first instanceof File) fields[name] = first
    else fields[name] = texts.length === 1 ? (texts[0] ?? '') : texts
  }
  return fields
}

function clean(name: string, value: string): string {
  if (/password/i.test(name)) return value.slice(0, VALUE_LENGTH_MAX)
  return value
    .slice(0, VALUE_LENGTH_MAX)
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}]/gu, (sign) => (sign === '\n' || sign === '\r' ? sign : ''))
    .trim()
}

function shownAgain(fields: Fields): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string' && !SECRET.test(name) && name !== 'csrf') shown[name] = value
  }
  return shown
}
