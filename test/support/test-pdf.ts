import { createHash } from 'node:crypto'
import { fillContents } from '../../src/pdf/byte-range.ts'
import { octets } from '../../src/pdf/bytes.ts'
import { openPdf } from '../../src/pdf/document.ts'
import { planSignature, prepare } from '../../src/pdf/plan.ts'
import type { SignatureRequest } from '../../src/pdf/request.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { type CmsWish, makeCms } from './test-cms.ts'
import { NOW } from './test-pki.ts'

/** The text of objects by their numbers. */
export type Objects = Readonly<Record<number, string>>

/** A stream object's text. */
export function stream(data: string, entries = ''): string {
  return `<< ${entries} /Length ${data.length} >>\nstream\n${data}\nendstream`
}

/** Object numbers of `makePdf`. */
export const CATALOG = 1
export const PAGE = 3
export const CONTENT = 4
export const TEXT_FIELD = 6
export const APPEARANCE = 7

/**
 * A page with a line of text and, unless left out, a text field with its appearance. The objects of
 * `more` replace or add to these.
 */
export function makePdf(more: Objects = {}): Uint8Array {
  return writePdf({
    [CATALOG]: '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>',
    2: '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    [PAGE]: `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R
      /Resources << /Font << /F1 5 0 R >> >> /Annots [6 0 R] >>`,
    [CONTENT]: stream('BT /F1 20 Tf 40 300 Td (Je dois 100 euros) Tj ET'),
    5: '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    [TEXT_FIELD]: `<< /Type /Annot /Subtype /Widget /FT /Tx /T (Nom) /F 4 /P 3 0 R
      /Rect [40 100 200 120] /AP << /N 7 0 R >> >>`,
    [APPEARANCE]: stream('', '/Type /XObject /Subtype /Form /BBox [0 0 160 20]'),
    ...more,
  })
}

function writePdf(objects: Objects): Uint8Array {
  const numbers = Object.keys(objects).map(Number)
  let text = '%PDF-1.7\n'
  const offsets = new Map<number, number>()
  for (const number of numbers) {
    offsets.set(number, text.length)
    text += `${number} 0 obj\n${objects[number]}\nendobj\n`
  }
  const startxref = text.length
  const size = Math.max(...numbers) + 1
  text += `xref\n0 ${size}\n0000000000 65535 f \n`
  for (let number = 1; number < size; number += 1) text += entry(offsets.get(number))
  const trailer = `<< /Size ${size} /Root ${CATALOG} 0 R /ID [<00> <00>] >>`
  return octets(`${text}trailer\n${trailer}\nstartxref\n${startxref}\n%%EOF\n`)
}

function entry(offset: number | undefined): string {
  return offset === undefined
    ? '0000000000 65535 f \n'
    : `${String(offset).padStart(10, '0')} 00000 n \n`
}

/** Append an incremental update. @param trailer - Replaces the entries of the last one. */
export function appendUpdate(
  pdf: Uint8Array,
  objects: Objects,
  trailer: { readonly root?: number; readonly more?: string } = {},
): Uint8Array {
  const document = openPdf(bytesSource(pdf))
  const size = document.trailer.entries.get('Size')
  const root = trailer.root ?? document.catalog.ref.number
  let text = '\n'
  let table = 'xref\n'
  for (const [number, body] of Object.entries(objects)) {
    table += `${number} 1\n${entry(pdf.length + text.length)}`
    text += `${number} 0 obj\n${body}\nendobj\n`
  }
  const numbers = Object.keys(objects).map(Number)
  const newSize = Math.max(Number(size), ...numbers.map((number) => number + 1))
  const startxref = pdf.length + text.length
  const previous = document.xref.startxref
  const tail = `<< /Size ${newSize} /Root ${root} 0 R /Prev ${previous} ${trailer.more ?? ''} >>`
  return Buffer.concat([
    pdf,
    octets(`${text}${table}trailer\n${tail}\nstartxref\n${startxref}\n%%EOF\n`),
  ])
}

type Range = readonly [number, number, number, number]

export interface SignWish extends CmsWish {
  readonly request?: Partial<SignatureRequest>
  /** Pairs of texts, the second no longer than the first, exchanged before signing. */
  readonly replace?: Readonly<Record<string, string>>
  /** What is digested and written as ByteRange. */
  readonly range?: (range: Range) => readonly number[]
  /** Makes the CMS in another way. */
  readonly cms?: (digest: Uint8Array) => Uint8Array
}

const CONTENTS_BYTES = 6_000

/** Sign a document with the product's own planner. */
export function signPdf(pdf: Uint8Array, wish: SignWish): Uint8Array {
  const request = { signedAt: NOW, ...wish.request }
  const plan = planSignature(prepare(openPdf(bytesSource(pdf)), request), CONTENTS_BYTES)
  const runs = wish.range?.(plan.byteRange) ?? plan.byteRange
  const appendix = Buffer.from(plan.appendix)
  const texts = { [`[${plan.byteRange.join(' ')}]`]: `[${runs.join(' ')}]`, ...wish.replace }
  for (const [from, to] of Object.entries(texts)) {
    const at = appendix.indexOf(from)
    if (at === -1) throw new RangeError(`${from} is not there`)
    appendix.write(to.padEnd(from.length), at, 'latin1')
  }
  const whole = Buffer.concat([pdf, appendix])
  const digest = createHash(wish.hash ?? 'sha256')
  for (let i = 0; i + 1 < runs.length; i += 2) {
    const [start = 0, length = 0] = runs.slice(i, i + 2)
    digest.update(whole.subarray(start, start + length))
  }
  const make = wish.cms ?? ((value: Uint8Array) => makeCms(value, wish))
  const filled = fillContents({ ...plan, appendix }, pdf.length, make(digest.digest()))
  return Buffer.concat([pdf, filled])
}

/** A DocTimeStamp made from a signature: only its format differs. */
export const AS_TIMESTAMP = { 'ETSI.CAdES.detached': 'ETSI.RFC3161' }

/**
 * Append an update whose objects stand in an object stream (ISO 32000-2 §7.5.7), listed by a
 * cross-reference stream.
 */
export function appendCompressed(pdf: Uint8Array, container: number, objects: Objects): Uint8Array {
  const document = openPdf(bytesSource(pdf))
  const numbers = Object.keys(objects).map(Number)
  const xref = Math.max(nextNumber(pdf), container + 1)
  const bodies = numbers.map((number) => `${objects[number]} `)
  const offsets = bodies.map((_, i) => bodies.slice(0, i).join('').length)
  const head = numbers.map((number, i) => `${number} ${offsets[i]} `).join('')
  const entries = `/Type /ObjStm /N ${numbers.length} /First ${head.length}`
  const text = `\n${container} 0 obj\n${stream(head + bodies.join(''), entries)}\nendobj\n`
  const at = pdf.length + text.length
  const row = (type: number, second: number, third: number) => {
    const octets = Buffer.from([type, 0, 0, 0, 0, third])
    octets.writeUInt32BE(second, 1)
    return octets
  }
  const rows = [row(1, pdf.length + 1, 0), ...numbers.map((_, i) => row(2, container, i))]
  const index = [container, ...numbers].map((number) => `${number} 1`).join(' ')
  const trailer = `/Type /XRef /Size ${xref + 1} /W [1 4 1] /Index [${index}] /Root ${CATALOG} 0 R
/Prev ${document.xref.startxref} /Length ${rows.length * 6}`
  return Buffer.concat([
    pdf,
    octets(`${text}${xref} 0 obj\n<< ${trailer} >>\nstream\n`),
    ...rows,
    octets(`\nendstream\nendobj\nstartxref\n${at}\n%%EOF\n`),
  ])
}

/** The number the next new object gets. */
export function nextNumber(pdf: Uint8Array): number {
  return Number(openPdf(bytesSource(pdf)).trailer.entries.get('Size'))
}
