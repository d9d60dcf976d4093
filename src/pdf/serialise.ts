import { latin1, octets } from './bytes.ts'
import { cursorOn } from './cursor.ts'
import { parseDict, parseItems, type Span } from './parser.ts'
import { isKind, type PdfDict, type PdfValue, textString } from './values.ts'

type EncryptString = (bytes: Uint8Array) => Uint8Array

/** The text of a value, one character an octet. Strings are written in hexadecimal when not plain. */
export function serialise(value: PdfValue, encrypt?: EncryptString): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return serialiseNumber(value)
  switch (value.kind) {
    case 'name':
      return serialiseName(value.name)
    case 'string':
      return serialiseString(encrypt === undefined ? value.bytes : encrypt(value.bytes))
    case 'ref':
      return `${value.number} ${value.generation} R`
    case 'array':
      return `[${value.items.map((item) => serialise(item, encrypt)).join(' ')}]`
    case 'dict':
      return serialiseDict(value, encrypt)
  }
}

function serialiseDict({ entries }: PdfDict, encrypt?: EncryptString): string {
  let text = '<<'
  for (const [key, value] of entries) text += `${serialiseName(key)} ${serialise(value, encrypt)}\n`
  return `${text}>>`
}

/** No exponents (ISO 32000-2 §7.3.3). */
function serialiseNumber(value: number): string {
  const text = String(value)
  if (!text.includes('e')) return text
  if (Math.abs(value) >= 1) return BigInt(value).toString()
  return value
    .toFixed(20)
    .replace(/\.?0+$/, '')
    .replace(/^-0$/, '0')
}

function serialiseName(text: string): string {
  if (/^[A-Za-z0-9._+-]*$/.test(text)) return `/${text}`
  const escaped = text.replace(/[^!-~]|[#()<>[\]{}/%]/g, (character) => {
    return `#${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `/${escaped}`
}

/** A text string (ISO 32000-2 §7.9.2.2), by way of its octets only where they differ from it. */
export function serialiseText(text: string, encrypt?: EncryptString): string {
  return encrypt === undefined && PLAIN.test(text)
    ? serialisePlain(text)
    : serialise(textString(text), encrypt)
}

const PLAIN = /^[\x20-\x7e]*$/

function serialiseString(bytes: Uint8Array): string {
  const text = latin1(bytes)
  return PLAIN.test(text) ? serialisePlain(text) : `<${Buffer.from(bytes).toString('hex')}>`
}

function serialisePlain(text: string): string {
  return `(${text.replace(/[\\()]/g, '\\$&')})`
}

/** A change inside an object: everything else keeps its octets. */
export interface Edit {
  /** Keys from the outermost dictionary inwards; empty for the value itself. */
  readonly path: readonly string[]
  /** `set` writes the value at the path, `append` adds it to the array there (made when absent). */
  readonly action: 'set' | 'append'
  readonly value: PdfValue
}

/** Apply edits to the octets of a dictionary or an array, to give its text. */
export function editRaw(raw: Uint8Array, edits: readonly Edit[]): string {
  return edits.reduce(editText, latin1(raw))
}

function editText(text: string, { path, action, value }: Edit): string {
  const [key, ...inner] = path
  if (key === undefined) return action === 'set' ? serialise(value) : appendText(text, value)
  const spans = new Map<string, Span>()
  parseDict(cursorOn(octets(text)), 0, spans)
  const span = spans.get(key)
  const old = span === undefined ? undefined : text.slice(span.start, span.end)
  const isDict = old?.startsWith('<<') === true
  const isNested = inner.length > 0 ? isDict : action === 'append' && old?.startsWith('[') === true
  const written =
    isNested && old !== undefined
      ? editText(old, { path: inner, action, value })
      : serialise(valueAt(inner, action, value))
  // First, since the last key of a sloppy dictionary may lack its value.
  if (span === undefined) return `<<${serialiseName(key)} ${written}\n${text.slice(2)}`
  // A value that was delimited by its own bracket may stand against the next key.
  return `${text.slice(0, span.start)} ${written} ${text.slice(span.end)}`
}

/** What stands at a path that did not exist: the value in as many dictionaries as the path is long. */
function valueAt(path: readonly string[], action: Edit['action'], value: PdfValue): PdfValue {
  const [key, ...inner] = path
  if (key === undefined) return action === 'set' ? value : { kind: 'array', items: [value] }
  return { kind: 'dict', entries: new Map([[key, valueAt(inner, action, value)]]) }
}

function appendText(text: string, value: PdfValue): string {
  const cursor = cursorOn(octets(text))
  parseItems(cursor, 0)
  const end = cursor.pos - 1
  return `${text.slice(0, end)} ${serialise(value)}${text.slice(end)}`
}

/** Apply edits to a value: for objects whose octets cannot be kept (encrypted, out of a stream). */
export function editValue(value: PdfValue, edits: readonly Edit[]): PdfValue {
  return edits.reduce<PdfValue>(editOne, value)
}

function editOne(old: PdfValue, { path, action, value }: Edit): PdfValue {
  const [key, ...inner] = path
  if (key === undefined) {
    if (action === 'set') return value
    return { kind: 'array', items: [...(isKind(old, 'array') ? old.items : []), value] }
  }
  const entries = new Map(isKind(old, 'dict') ? old.entries : [])
  entries.set(key, editOne(entries.get(key) ?? null, { path: inner, action, value }))
  return { kind: 'dict', entries }
}
