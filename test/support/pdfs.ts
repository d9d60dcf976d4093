import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'

/** Bodies of indirect objects by number, one octet a character. */
export type Objects = Readonly<Record<number, string>>

export function streamBody(data: string, entries = ''): string {
  return `<< ${entries} /Length ${data.length} >>\nstream\n${data}\nendstream`
}

export const CATALOG = 1
export const PAGES = 2
export const PAGE = 3
const CONTENT = 4
/** The first number that `basicObjects` leaves free. */
export const NEXT = 6

/** One page with a line of text; `more` replaces or adds objects. */
export function basicObjects(more: Objects = {}): Objects {
  return {
    [CATALOG]: '<< /Type /Catalog /Pages 2 0 R >>',
    [PAGES]: '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    [PAGE]:
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    [CONTENT]: streamBody('BT /F1 18 Tf 20 150 Td (Deliberation) Tj ET'),
    5: '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...more,
  }
}

/** How a file departs from the plain layout. */
export interface Layout {
  readonly header?: string
  /** Junk before the header. */
  readonly before?: string
  /** Offsets count from the header and not from the first octet. */
  readonly countsFromHeader?: boolean
  readonly generations?: Readonly<Record<number, number>>
  /** Entries of the trailer besides `/Size` and `/Root`, or in their place. */
  readonly trailer?: string
  readonly size?: number
  /** What ends each entry of a table: two octets in a proper one. */
  readonly entryEnd?: string
  /** The number the first subsection claims to begin with. */
  readonly firstNumber?: number
  /** Added to the offset of every object. */
  readonly shift?: number
  /** Added to `startxref`. */
  readonly startShift?: number
  readonly after?: string
  readonly endobj?: string
  /** Numbers whose entries say that they are free. */
  readonly free?: readonly number[]
}

interface Written {
  readonly text: string
  readonly offsets: ReadonlyMap<number, number>
}

function writeObjects(objects: Objects, start: string, layout: Layout): Written {
  const { generations = {}, endobj = 'endobj', shift = 0 } = layout
  const skipped = layout.countsFromHeader ? (layout.before?.length ?? 0) : 0
  const offsets = new Map<number, number>()
  let text = start
  for (const [number, body] of Object.entries(objects)) {
    offsets.set(Number(number), text.length + shift - skipped)
    text += `${number} ${generations[Number(number)] ?? 0} obj\n${body}\n${endobj}\n`
  }
  return { text, offsets }
}

function head({ before = '', header = '%PDF-1.7\n%\xe2\xe3\xcf\xd3\n' }: Layout): string {
  return before + header
}

function tail(startxref: number, { startShift = 0, after = '', ...layout }: Layout): string {
  const skipped = layout.countsFromHeader ? (layout.before?.length ?? 0) : 0
  return `startxref\n${startxref + startShift - skipped}\n%%EOF\n${after}`
}

const ID = '/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]'

/** A file with a classic table (ISO 32000-2 §7.5.4). */
export function classicPdf(objects: Objects = basicObjects(), layout: Layout = {}): Buffer {
  const { text, offsets } = writeObjects(objects, head(layout), layout)
  const { entryEnd = ' \n', firstNumber = 0, generations = {}, free = [], trailer = ID } = layout
  const count = Math.max(...offsets.keys()) + 1
  let table = `xref\n${firstNumber} ${count}\n0000000000 65535 f${entryEnd}`
  for (let number = 1; number < count; number += 1) {
    const offset = free.includes(number) ? undefined : offsets.get(number)
    const generation = offset === undefined ? 65_535 : (generations[number] ?? 0)
    table += `${pad(offset ?? 0, 10)} ${pad(generation, 5)} ${offset === undefined ? 'f' : 'n'}${entryEnd}`
  }
  const entries = `/Size ${layout.size ?? count} /Root 1 0 R ${trailer}`
  return octets(`${text}${table}trailer\n<< ${entries} >>\n${tail(text.length, layout)}`)
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}

/** How a file with a cross-reference stream departs from the plain layout. */
export interface StreamLayout extends Layout {
  /** Objects that go into one object stream. */
  readonly compressed?: readonly number[]
  /** Replaces entries of the cross-reference stream's dictionary. */
  readonly own?: Readonly<Record<string, string | undefined>>
  readonly isDeflated?: boolean
}

/** A file with a cross-reference stream, part of its objects in an object stream (ISO 32000-2 §7.5.7, §7.5.8). */
export function streamPdf(
  objects: Objects = basicObjects(),
  { compressed = [], own = {}, isDeflated = true, ...layout }: StreamLayout = {},
): Buffer {
  const highest = Math.max(...Object.keys(objects).map(Number))
  const [container, section] = [highest + 1, highest + 2]
  const plain = Object.fromEntries(
    Object.entries(objects).filter(([number]) => !compressed.includes(Number(number))),
  )
  if (compressed.length > 0) plain[container] = objectStream(objects, compressed, isDeflated)
  const { text, offsets } = writeObjects(plain, head(layout), layout)
  const rows = Array.from({ length: section + 1 }, (_, number) => {
    const index = compressed.indexOf(number)
    if (index !== -1) return [2, container, index]
    const offset = number === section ? text.length : offsets.get(number)
    return offset === undefined ? [0, 0, 65_535] : [1, offset, layout.generations?.[number] ?? 0]
  })
  const stored = latin1(Buffer.concat(rows.map(([type = 0, a = 0, b = 0]) => row(type, a, b))))
  const data = isDeflated ? deflate(stored) : stored
  const entries: Record<string, string | undefined> = {
    Type: '/XRef',
    Size: String(layout.size ?? section + 1),
    W: '[1 4 2]',
    Root: '1 0 R',
    Filter: isDeflated ? '/FlateDecode' : undefined,
    Length: String(data.length),
    ...own,
  }
  const dictionary = Object.entries(entries)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `/${key} ${value}`)
  const body = `<< ${dictionary.join(' ')} ${layout.trailer ?? ID} >>\nstream\n${data}\nendstream`
  return octets(`${text}${section} 0 obj\n${body}\nendobj\n${tail(text.length, layout)}`)
}

function objectStream(objects: Objects, numbers: readonly number[], isDeflated: boolean): string {
  let index = ''
  let bodies = ''
  for (const number of numbers) {
    index += `${number} ${bodies.length} `
    bodies += `${objects[number]}\n`
  }
  const entries = `/Type /ObjStm /N ${numbers.length} /First ${index.length}`
  return isDeflated
    ? streamBody(deflate(index + bodies), `${entries} /Filter /FlateDecode`)
    : streamBody(index + bodies, entries)
}

function row(type: number, a: number, b: number): Buffer {
  const bytes = Buffer.alloc(7)
  bytes.writeUInt8(type, 0)
  bytes.writeUInt32BE(a, 1)
  bytes.writeUInt16BE(b, 5)
  return bytes
}

/** A hybrid file (ISO 32000-2 §7.5.8.4): `hidden` objects are free for readers that know no streams. */
export function hybridPdf(objects: Objects, hidden: readonly number[]): Buffer {
  const highest = Math.max(...Object.keys(objects).map(Number))
  const [container, section] = [highest + 1, highest + 2]
  const shown = Object.entries(objects).filter(([number]) => !hidden.includes(Number(number)))
  const { text, offsets } = writeObjects(
    { ...Object.fromEntries(shown), [container]: objectStream(objects, hidden, true) },
    head({}),
    {},
  )
  const entries = hidden.map((_, i) => row(2, container, i))
  const rows = latin1(Buffer.concat([...entries, row(1, offsets.get(container) ?? 0, 0)]))
  const index = [...hidden, container].map((number) => `${number} 1`).join(' ')
  const streamDict = `/Type /XRef /Size ${section + 1} /W [1 4 2] /Index [${index}] /Root 1 0 R`
  const body = `${text}${section} 0 obj\n${streamBody(rows, streamDict)}\nendobj\n`
  let table = `xref\n0 ${section + 1}\n0000000000 65535 f \n`
  for (let number = 1; number <= section; number += 1) {
    const isShown = number !== container && number !== section
    const offset = isShown ? offsets.get(number) : undefined
    table += offset === undefined ? '0000000000 00000 f \n' : `${pad(offset, 10)} 00000 n \n`
  }
  const trailer = `<< /Size ${section + 1} /Root 1 0 R /XRefStm ${text.length} ${ID} >>`
  return octets(`${body}${table}trailer\n${trailer}\n${tail(body.length, {})}`)
}

/** Appends objects as an incremental update with a classic table. @param size - Of the whole file. */
export function updated(pdf: Buffer, objects: Objects, size: number, trailer = ''): Buffer {
  const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(latin1(pdf))?.[1]
  let text = latin1(pdf)
  let table = 'xref\n'
  for (const [number, body] of Object.entries(objects)) {
    table += `${number} 1\n${pad(text.length, 10)} 00000 n \n`
    text += `${number} 0 obj\n${body}\nendobj\n`
  }
  const entries = `/Size ${size} /Root 1 0 R /Prev ${previous} ${trailer || ID}`
  return octets(`${text}${table}trailer\n<< ${entries} >>\n${tail(text.length, {})}`)
}

/** A page tree of so many pages, one level. */
export function manyPages(count: number): Objects {
  const kids = Array.from({ length: count }, (_, i) => 10 + i)
  const pages = kids.map((number) => [
    number,
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>',
  ])
  return {
    [CATALOG]: '<< /Type /Catalog /Pages 2 0 R >>',
    [PAGES]: `<< /Type /Pages /Kids [${kids.map((n) => `${n} 0 R`).join(' ')}] /Count ${count} >>`,
    ...Object.fromEntries(pages),
  }
}

/** What qpdf makes of a file, such as an encrypted or linearised one. */
export function qpdf(pdf: Uint8Array, ...options: readonly string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'sceau-qpdf-'))
  try {
    writeFileSync(join(folder, 'in.pdf'), pdf)
    execFileSync('qpdf', ['--warning-exit-0', ...options, 'in.pdf', 'out.pdf'], {
      cwd: folder,
      stdio: 'ignore',
    })
    return readFileSync(join(folder, 'out.pdf'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function deflate(text: string): string {
  return latin1(deflateSync(octets(text)))
}

function octets(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function latin1(bytes: Buffer): string {
  return bytes.toString('latin1')
}
