import { deflateSync } from 'node:zlib'

/**
 * A PDF with a classic cross-reference and one page, padded by an uncompressed image-like stream.
 *
 * @param bytes - About how large it is to be.
 */
export function makeDocument(bytes: number): Buffer {
  const objects: Buffer[] = [
    Buffer.from('<</Type/Catalog/Pages 2 0 R>>'),
    Buffer.from('<</Type/Pages/Kids[3 0 R]/Count 1>>'),
    Buffer.from('<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>'),
    streamObject('', Buffer.alloc(0)),
    streamObject('', padding(Math.max(0, bytes - 700))),
  ]
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')]
  const offsets: number[] = []
  let length = 9
  objects.forEach((object, index) => {
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      object,
      Buffer.from('\nendobj\n'),
    ])
    offsets.push(length)
    parts.push(part)
    length += part.length
  })
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  parts.push(
    Buffer.from(`xref\n0 ${size}\n0000000000 65535 f \n${rows}`),
    Buffer.from(`trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${length}\n%%EOF\n`),
  )
  return Buffer.concat(parts)
}

const PICTURE_BYTES = 8 * 1024
const PICTURE = `/Type/XObject/Subtype/Image/Width ${PICTURE_BYTES}/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8`
const KIDS = 50
const OBJECTS_TOGETHER = 100

/**
 * A PDF as a word processor writes a long one: thousands of pages in a tree, their dictionaries in
 * object streams, and a cross-reference stream with a predictor.
 *
 * @param bytes - About how large it is to be.
 */
export function makeLongDocument(bytes: number): Buffer {
  const pages = Math.max(1, Math.floor(bytes / (PICTURE_BYTES + 120)))
  const branches = Math.ceil(pages / KIDS)
  const branch = (index: number) => 3 + index
  const page = (index: number) => 3 + branches + 2 * index
  const dictionaries = new Map<number, string>()
  dictionaries.set(1, '<</Type/Catalog/Pages 2 0 R/Lang(fr-FR)/MarkInfo<</Marked true>>>>')
  dictionaries.set(2, `<</Type/Pages/Count ${pages}/Kids[${refs(branches, branch)}]>>`)
  for (let i = 0; i < branches; i += 1) {
    const count = Math.min(KIDS, pages - i * KIDS)
    const kids = refs(count, (kid) => page(i * KIDS + kid))
    dictionaries.set(branch(i), `<</Type/Pages/Parent 2 0 R/Count ${count}/Kids[${kids}]>>`)
  }
  const streams = new Map<number, Buffer>()
  const picture = streamObject(PICTURE, padding(PICTURE_BYTES))
  for (let i = 0; i < pages; i += 1) {
    const parent = branch(Math.floor(i / KIDS))
    dictionaries.set(
      page(i),
      `<</Type/Page/Parent ${parent} 0 R/MediaBox[0 0 595.32 841.92]/Resources<</XObject<</Im ${page(i) + 1} 0 R>>>>/Tabs/S>>`,
    )
    streams.set(page(i) + 1, picture)
  }
  return writeCompressed(dictionaries, streams)
}

function refs(count: number, number: (index: number) => number): string {
  return Array.from({ length: count }, (_, index) => `${number(index)} 0 R`).join(' ')
}

function streamObject(entries: string, data: Buffer): Buffer {
  const head = `<<${entries}/Length ${data.length}>>\nstream\n`
  return Buffer.concat([Buffer.from(head), data, Buffer.from('\nendstream')])
}

/** Objects in object streams, streams beside them, a cross-reference stream for both. */
function writeCompressed(
  dictionaries: ReadonlyMap<number, string>,
  streams: Map<number, Buffer>,
): Buffer {
  const rows = new Map<number, readonly [type: number, second: number, third: number]>()
  let next = Math.max(...dictionaries.keys(), ...streams.keys()) + 1
  const inside = [...dictionaries]
  for (let from = 0; from < inside.length; from += OBJECTS_TOGETHER) {
    const together = inside.slice(from, from + OBJECTS_TOGETHER)
    let index = ''
    let text = ''
    for (const [position, [number, dictionary]] of together.entries()) {
      rows.set(number, [2, next, position])
      index += `${number} ${text.length} `
      text += `${dictionary} `
    }
    const entries = `/Type/ObjStm/N ${together.length}/First ${index.length}/Filter/FlateDecode`
    streams.set(next, streamObject(entries, deflateSync(index + text)))
    next += 1
  }
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')]
  let length = 9
  for (const [number, object] of streams) {
    const part = Buffer.concat([
      Buffer.from(`${number} 0 obj\n`),
      object,
      Buffer.from('\nendobj\n'),
    ])
    rows.set(number, [1, length, 0])
    parts.push(part)
    length += part.length
  }
  rows.set(next, [1, length, 0])
  const predictor = '/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 7>>'
  const entries = `/Type/XRef/Size ${next + 1}/Root 1 0 R/W[1 4 2]${predictor}`
  const section = streamObject(entries, deflateSync(predicted(next + 1, rows)))
  parts.push(
    Buffer.from(`${next} 0 obj\n`),
    section,
    Buffer.from(`\nendobj\nstartxref\n${length}\n%%EOF\n`),
  )
  return Buffer.concat(parts)
}

/** Rows of `W [1 4 2]`, each as its difference from the one above (ISO/IEC 15948 §9, filter 2). */
function predicted(
  size: number,
  rows: ReadonlyMap<number, readonly [number, number, number]>,
): Buffer {
  const out = Buffer.alloc(size * 8)
  let above = Buffer.alloc(7)
  for (let number = 0; number < size; number += 1) {
    const [type, second, third] = rows.get(number) ?? [0, 0, 65_535]
    const row = Buffer.alloc(7)
    row.writeUInt8(type, 0)
    row.writeUInt32BE(second, 1)
    row.writeUInt16BE(third, 5)
    out[number * 8] = 2
    for (const [i, octet] of row.entries()) out[number * 8 + 1 + i] = octet - (above[i] ?? 0)
    above = row
  }
  return out
}

/** Octets that look like no text. */
function padding(bytes: number): Buffer {
  const octets = Buffer.alloc(bytes)
  for (let i = 0; i < octets.length; i += 1) octets[i] = (i * 2_654_435_761) >>> 24
  return octets
}
