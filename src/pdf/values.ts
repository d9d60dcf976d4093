import { asBuffer } from './bytes.ts'

/** A name without its solidus, escapes decoded, each octet one character (ISO 32000-2 §7.3.5). */
export interface PdfName {
  readonly kind: 'name'
  readonly name: string
}

/** The octets of a string, escapes decoded; still encrypted in an encrypted file. */
export interface PdfString {
  readonly kind: 'string'
  readonly bytes: Uint8Array
}

export interface PdfRef {
  readonly kind: 'ref'
  readonly number: number
  readonly generation: number
}

export interface PdfArray {
  readonly kind: 'array'
  readonly items: readonly PdfValue[]
}

/** Keys without solidus. A key that stands twice has its last value, as readers do. */
export interface PdfDict {
  readonly kind: 'dict'
  readonly entries: ReadonlyMap<string, PdfValue>
}

/** A stream with its data as stored: filtered, and in an encrypted file encrypted. */
export interface PdfStream {
  readonly kind: 'stream'
  readonly dict: PdfDict
  readonly data: Uint8Array
}

/** Any object that can stand inside another one (ISO 32000-2 §7.3). */
export type PdfValue = null | boolean | number | PdfName | PdfString | PdfRef | PdfArray | PdfDict

export type PdfObject = PdfValue | PdfStream

export function name(text: string): PdfName {
  return { kind: 'name', name: text }
}

export function ref(number: number, generation = 0): PdfRef {
  return { kind: 'ref', number, generation }
}

export function array(items: readonly PdfValue[]): PdfArray {
  return { kind: 'array', items }
}

/** A dictionary from a record; keys whose value is undefined are left out. */
export function dict(entries: Readonly<Record<string, PdfValue | undefined>>): PdfDict {
  const map = new Map<string, PdfValue>()
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) map.set(key, value)
  return { kind: 'dict', entries: map }
}

export function string(bytes: Uint8Array): PdfString {
  return { kind: 'string', bytes }
}

/** A text string: ASCII as it is, anything else as UTF-16BE with its mark (ISO 32000-2 §7.9.2.2). */
export function textString(text: string): PdfString {
  if (/^[\x20-\x7e]*$/.test(text)) return string(Buffer.from(text, 'latin1'))
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le').swap16()
  return string(utf16)
}

/** The text of a text string: UTF-16BE, UTF-8 or (nearly) PDFDocEncoding. */
export function decodeText({ bytes }: PdfString): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const even = bytes.subarray(2, bytes.length - (bytes.length % 2))
    return Buffer.from(even).swap16().toString('utf16le')
  }
  const buffer = asBuffer(bytes)
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return buffer.toString('utf8', 3)
  return buffer.toString('latin1')
}

type Kind = Exclude<PdfObject, null | boolean | number>['kind']
type OfKind<K extends Kind> = Extract<PdfObject, { kind: K }>

/** Narrows to one kind of object, or undefined: files are full of objects of the wrong kind. */
export function asKind<K extends Kind>(
  value: PdfObject | undefined,
  kind: K,
): OfKind<K> | undefined {
  return isKind(value, kind) ? value : undefined
}

export function isKind<K extends Kind>(value: PdfObject | undefined, kind: K): value is OfKind<K> {
  return typeof value === 'object' && value !== null && value.kind === kind
}
