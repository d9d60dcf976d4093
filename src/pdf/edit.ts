import { latin1, octets } from './bytes.ts'
import { findSpan } from './find-span.ts'
import { serialise, serialiseName } from './serialise.ts'
import { isKind, type PdfValue } from './values.ts'

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
  const [first, ...others] = edits
  const text = latin1(raw)
  if (first === undefined) return text
  return others.reduce(
    (edited, edit) => editText(edited, octets(edited), edit),
    editText(text, raw, first),
  )
}

/** @param raw - The octets of `text`. */
function editText(text: string, raw: Uint8Array, { path, action, value }: Edit): string {
  const [key, ...inner] = path
  if (key === undefined) return action === 'set' ? serialise(value) : appendText(text, value)
  const span = findSpan(raw, key)
  // First, since the last key of a sloppy dictionary may lack its value.
  if (span === undefined) {
    return `<<${serialiseName(key)} ${serialise(valueAt(inner, action, value))}\n${text.slice(2)}`
  }
  const { start, end } = span
  const isNested =
    inner.length > 0 ? text.startsWith('<<', start) : action === 'append' && text[start] === '['
  const written = isNested
    ? editText(text.slice(start, end), raw.subarray(start, end), { path: inner, action, value })
    : serialise(valueAt(inner, action, value))
  // A value that was delimited by its own bracket may stand against the next key.
  return `${text.slice(0, start)} ${written} ${text.slice(end)}`
}

/** What stands at a path that did not exist: the value in as many dictionaries as the path is long. */
function valueAt(path: readonly string[], action: Edit['action'], value: PdfValue): PdfValue {
  const [key, ...inner] = path
  if (key === undefined) return action === 'set' ? value : { kind: 'array', items: [value] }
  return { kind: 'dict', entries: new Map([[key, valueAt(inner, action, value)]]) }
}

/** @param text - An array's, to its closing bracket. */
function appendText(text: string, value: PdfValue): string {
  return `${text.slice(0, -1)} ${serialise(value)}]`
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
