import { damaged, parseAt, skipSpace } from './cursor.ts'
import { decodeStream } from './filters.ts'
import { isDictAt, parseDict, takeObjectHeader, takeStreamStart } from './parser.ts'
import { makeRunFinder, type Run } from './runs.ts'
import { FREE, OBJECT_NUMBER_MAX, RUNS_MAX, type XrefEntry, type XrefSection } from './section.ts'
import type { PdfSource } from './source.ts'
import { readStreamData } from './stream-data.ts'
import { asKind, type PdfDict } from './values.ts'

interface StreamRun extends Run {
  /** How many entries stand before those of this run. */
  readonly before: number
}

/** A cross-reference stream (ISO 32000-2 §7.5.8). Its data is never encrypted. */
export function readStreamSection(source: PdfSource, offset: number, base: number): XrefSection {
  const head = parseAt(source, offset, (cursor) => {
    takeObjectHeader(cursor)
    skipSpace(cursor)
    if (!isDictAt(cursor)) return undefined
    const trailer = parseDict(cursor, 0)
    const start = takeStreamStart(cursor)
    return start === undefined ? undefined : { trailer, start: offset + start }
  })
  const type = asKind(head?.trailer.entries.get('Type'), 'name')?.name
  if (head === undefined || type !== 'XRef') throw damaged('its startxref leads to another object')
  const { trailer, start } = head
  const stored = readStreamData(source, start, trailer.entries.get('Length') ?? null)
  const data = decodeStream(trailer, stored, (value) => value ?? null)
  const [w0 = 0, w1 = 0, w2 = 0] = numbersOf(trailer, 'W').map((w) => (w <= 8 ? w : Number.NaN))
  const entryBytes = w0 + w1 + w2
  if (!(entryBytes > 0)) throw damaged('its cross-reference stream is malformed')
  const runs = streamRuns(trailer)
  const rows = runs.reduce((sum, { count }) => sum + count, 0)
  if (rows * entryBytes > data.length) throw damaged('its cross-reference stream is cut short')
  const findRun = makeRunFinder(runs)
  return {
    kind: 'stream',
    trailer,
    runs,
    find(number) {
      const run = findRun(number)
      if (run === undefined) return undefined
      const at = (run.before + number - run.first) * entryBytes
      return parseStreamEntry(data, at, w0, w1, w2, base)
    },
  }
}

function streamRuns(trailer: PdfDict): StreamRun[] {
  const size = trailer.entries.get('Size')
  const index = trailer.entries.has('Index')
    ? numbersOf(trailer, 'Index')
    : [0, typeof size === 'number' ? size : 0]
  if (index.length / 2 > RUNS_MAX) throw damaged('its cross-reference has too many parts')
  const runs: StreamRun[] = []
  for (let i = 0, before = 0; i + 1 < index.length; i += 2) {
    const [first = 0, count = 0] = [index[i], index[i + 1]]
    if (first + count > OBJECT_NUMBER_MAX + 1)
      throw damaged('its cross-reference is absurdly large')
    runs.push({ first, count, before })
    before += count
  }
  return runs
}

function parseStreamEntry(
  data: Uint8Array,
  at: number,
  w0: number,
  w1: number,
  w2: number,
  base: number,
): XrefEntry {
  const type = w0 === 0 ? 1 : bigEndian(data, at, w0)
  const second = bigEndian(data, at + w0, w1)
  const third = bigEndian(data, at + w0 + w1, w2)
  if (type === 1 && second > 0) return { type: 'offset', offset: second + base, generation: third }
  if (type === 2) return { type: 'compressed', stream: second, index: third }
  return FREE
}

function bigEndian(data: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let i = 0; i < width; i += 1) value = value * 256 + (data[at + i] ?? 0)
  return value
}

/** The numbers of an array, none when it is no array of non-negative integers. */
function numbersOf(dict: PdfDict, key: string): number[] {
  const items = asKind(dict.entries.get(key), 'array')?.items ?? []
  const numbers = items.filter((item) => typeof item === 'number')
  const isHonest = numbers.every((item) => Number.isInteger(item) && item >= 0)
  return isHonest && numbers.length === items.length ? numbers : []
}
