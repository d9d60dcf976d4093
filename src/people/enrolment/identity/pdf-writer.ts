import { serialise } from '../../../pdf/serialise.ts'
import {
  isKind,
  type PdfDict,
  type PdfObject,
  type PdfRef,
  type PdfValue,
  ref,
} from '../../../pdf/values.ts'
import { ascii } from './octets.ts'

/** An object and its number in the file it comes from. */
export interface NumberedObject {
  readonly number: number
  readonly object: PdfObject
}

/** The second line tells that what follows is binary (ISO 32000-2 §7.5.2). */
const HEADER = Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')

/**
 * A file of these objects and no others, numbered anew in their order.
 *
 * @param objects - The catalog first; each stream with the right length.
 */
export function writeDocument(objects: readonly NumberedObject[]): Uint8Array {
  const renumbered = new Map(objects.map(({ number }, index) => [number, index + 1]))
  const pieces: Uint8Array[] = [HEADER]
  const offsets: number[] = []
  let at = HEADER.length
  for (const [index, { object }] of objects.entries()) {
    offsets.push(at)
    const piece = encodeObject(index + 1, renumber(object, renumbered))
    pieces.push(piece)
    at += piece.length
  }
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
  const size = objects.length + 1
  const xref = `xref\n0 ${size}\n0000000000 65535 f \n${entries.join('')}`
  const trailer = `trailer\n<</Size ${size} /Root 1 0 R>>\nstartxref\n${at}\n%%EOF\n`
  return Uint8Array.from(Buffer.concat([...pieces, ascii(xref + trailer)]))
}

function encodeObject(number: number, object: PdfObject): Uint8Array {
  if (!isKind(object, 'stream')) {
    return ascii(`${number} 0 obj\n${serialise(object)}\nendobj\n`)
  }
  const dict = serialise(object.dict)
  return Buffer.concat([
    ascii(`${number} 0 obj\n${dict}\nstream\n`),
    object.data,
    ascii('\nendstream\nendobj\n'),
  ])
}

function renumber(object: PdfObject, numbers: ReadonlyMap<number, number>): PdfObject {
  if (!isKind(object, 'stream')) return renumberValue(object, numbers)
  return { kind: 'stream', dict: renumberDict(object.dict, numbers), data: object.data }
}

function renumberValue(value: PdfValue, numbers: ReadonlyMap<number, number>): PdfValue {
  if (isKind(value, 'ref')) return renumberRef(value, numbers)
  if (isKind(value, 'array')) {
    return { kind: 'array', items: value.items.map((item) => renumberValue(item, numbers)) }
  }
  return isKind(value, 'dict') ? renumberDict(value, numbers) : value
}

function renumberDict({ entries }: PdfDict, numbers: ReadonlyMap<number, number>): PdfDict {
  const pairs = [...entries].map(([key, value]) => [key, renumberValue(value, numbers)] as const)
  return { kind: 'dict', entries: new Map(pairs) }
}

function renumberRef({ number }: PdfRef, numbers: ReadonlyMap<number, number>): PdfValue {
  const to = numbers.get(number)
  return to === undefined ? null : ref(to)
}
