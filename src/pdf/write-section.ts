import { deflateSync } from 'node:zlib'
import type { Piece } from './pieces.ts'
import type { XrefEntry } from './section.ts'
import type { PdfRef } from './values.ts'

/** Consecutive numbers with their entries. */
interface EntryRun {
  readonly first: number
  readonly entries: XrefEntry[]
}

/** Runs in order. */
function runsOf(entries: ReadonlyMap<number, XrefEntry>): EntryRun[] {
  const runs: EntryRun[] = []
  let run: EntryRun | undefined
  for (const [number, entry] of [...entries].sort(([a], [b]) => a - b)) {
    if (run === undefined || number !== run.first + run.entries.length) {
      run = { first: number, entries: [] }
      runs.push(run)
    }
    run.entries.push(entry)
  }
  return runs
}

/**
 * ISO 32000-2 §7.5.4: entries of exactly 20 octets.
 *
 * @param trailer - The text of its entries.
 */
export function classicSection(entries: ReadonlyMap<number, XrefEntry>, trailer: string): string {
  let text = 'xref\n'
  for (const run of runsOf(entries)) {
    text += `${run.first} ${run.entries.length}\n`
    for (const entry of run.entries) text += classicEntry(entry)
  }
  return `${text}trailer\n<<${trailer}>>\n`
}

function classicEntry(entry: XrefEntry): string {
  const isUsed = entry.type === 'offset'
  const first = String(isUsed ? entry.offset : 0).padStart(10, '0')
  const second = String(isUsed ? entry.generation : 65_535).padStart(5, '0')
  return `${first} ${second} ${isUsed ? 'n' : 'f'} \n`
}

/** Enough for offsets below 2^40 and every generation. */
const WIDTHS = [1, 5, 2] as const
const ROW_BYTES = 8
/** Fewer rows are not worth a compressor. */
const ROWS_IN_CLEAR = 100

/** ISO 32000-2 §7.5.8, its dictionary the trailer. */
export function streamSection(
  at: PdfRef,
  entries: ReadonlyMap<number, XrefEntry>,
  trailer: string,
): readonly Piece[] {
  const runs = runsOf(entries)
  const rows = Buffer.alloc(entries.size * ROW_BYTES)
  let row = 0
  for (const run of runs) {
    for (const entry of run.entries) {
      writeRow(rows, row, entry)
      row += ROW_BYTES
    }
  }
  const isDeflated = entries.size > ROWS_IN_CLEAR
  const data = isDeflated ? deflateSync(rows) : rows
  const index = runs.map(({ first, entries: { length } }) => `${first} ${length}`).join(' ')
  const own = [
    '/Type /XRef\n',
    `/W [${WIDTHS.join(' ')}]\n/Index [${index}]\n`,
    isDeflated ? '/Filter /FlateDecode\n' : '',
    `/Length ${data.length}\n`,
  ].join('')
  return [
    `${at.number} ${at.generation} obj\n<<${trailer}${own}>>\nstream\n`,
    data,
    '\nendstream\nendobj\n',
  ]
}

function writeRow(rows: Buffer, at: number, entry: XrefEntry): void {
  const isUsed = entry.type === 'offset'
  rows.writeUInt8(isUsed ? 1 : 0, at)
  rows.writeUIntBE(isUsed ? entry.offset : 0, at + 1, 5)
  rows.writeUInt16BE(isUsed ? entry.generation : 65_535, at + 6)
}
