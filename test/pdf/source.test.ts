import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareSignature } from '../../src/ades/pades.ts'
import { bytesSource, fileSource, type PdfSource, truncatedSource } from '../../src/pdf/source.ts'
import { runs } from '../support/laws.ts'
import { basicObjects, classicPdf } from '../support/pdfs.ts'
import { SIGNED_AT } from '../support/sealed.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'

const MIB = 1024 * 1024
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sceau-source-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function withFile<T>(name: string, use: (fd: number) => T): T {
  const fd = openSync(join(folder, name), 'w+')
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}

test('a file reads like its octets, wherever and however much', () => {
  const bytes = Buffer.alloc(300_000)
  for (let i = 0; i + 4 <= bytes.length; i += 4) bytes.writeUInt32BE(i, i)
  withFile('law', (fd) => {
    writeSync(fd, bytes)
    const [file, memory] = [fileSource(fd, bytes.length), bytesSource(bytes)]
    const position = fc.integer({ min: -10, max: 300_010 })
    fc.assert(
      fc.property(position, position, (start, end) => {
        expect(Buffer.from(file.read(start, end)).equals(memory.read(start, end))).toBe(true)
      }),
      runs(300),
    )
  })
})

test('a document in the middle of a file reads like its octets alone', () => {
  withFile('middle', (fd) => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 251))
    writeSync(fd, Buffer.concat([Buffer.alloc(65_000, 1), bytes, Buffer.alloc(500, 2)]))
    const source = fileSource(fd, bytes.length, 65_000)
    expect(Buffer.from(source.read(0, 80_000)).equals(bytes)).toBe(true)
    expect(Buffer.from(source.read(65_530, 65_540)).equals(bytes.subarray(65_530, 65_540))).toBe(
      true,
    )
  })
})

test.each([0, 1, 262_144, 262_145, 600_000])('%d octets come whole, piece by piece', (length) => {
  const bytes = Buffer.from(Array.from({ length }, (_, i) => i % 251))
  const joined = (source: PdfSource) => {
    return Buffer.concat(Array.from(source.pieces(), (piece) => Buffer.from(piece)))
  }
  withFile('pieces', (fd) => {
    writeSync(fd, Buffer.concat([Buffer.alloc(10), bytes]))
    const source = fileSource(fd, length, 10)
    expect(joined(source).equals(bytes)).toBe(true)
    expect(joined(bytesSource(bytes)).equals(bytes)).toBe(true)
    const half = Math.floor(length / 2)
    expect(joined(truncatedSource(source, half)).equals(bytes.subarray(0, half))).toBe(true)
  })
})

test('an earlier revision ends where it ended', () => {
  const source = truncatedSource(bytesSource(Buffer.from('abcdef')), 4)
  expect(source.length).toBe(4)
  expect(Buffer.from(source.read(2, 99)).toString()).toBe('cd')
})

test('a file that is shorter than it was says so', () => {
  withFile('short', (fd) => {
    writeSync(fd, 'abc')
    expect(() => fileSource(fd, 10).read(0, 10)).toThrow(RangeError)
  })
})

test('a large file is sealed from disk without being read into memory', async () => {
  const path = join(folder, 'large.pdf')
  const hole = 96 * MIB
  const [start, end] = aroundHole(hole)
  const fd = openSync(path, 'w+')
  try {
    writeSync(fd, start, 0, 'latin1')
    truncateSync(path, start.length + hole)
    writeSync(fd, end, start.length + hole, 'latin1')
    const signer = await makeSoftwareSigner()
    const before = process.memoryUsage.rss()

    const source = fileSource(fd, statSync(path).size)
    await prepareSignature(source, signer.encoder, { signedAt: SIGNED_AT })

    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MIB)
  } finally {
    closeSync(fd)
  }
})

test('pages far apart in a file do not stay in memory', async () => {
  const path = join(folder, 'album.pdf')
  const pages = 3_000
  const fd = openSync(path, 'w+')
  try {
    const size = writeAlbum(fd, pages, 128 * 1024)
    const signer = await makeSoftwareSigner()
    const before = process.memoryUsage.rss()

    const source = fileSource(fd, size)
    const { plan } = await prepareSignature(source, signer.encoder, {
      signedAt: SIGNED_AT,
      page: pages,
    })

    expect(Buffer.from(plan.appendix).toString('latin1')).toContain(`/P ${2 + pages} 0 R`)
    expect(process.memoryUsage.rss() - before).toBeLessThan(96 * MIB)
  } finally {
    closeSync(fd)
  }
})

/** A file of pages with a hole after each. @returns How long it is. */
function writeAlbum(fd: number, pages: number, apart: number): number {
  const kids = Array.from({ length: pages }, (_, i) => `${3 + i} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages} >>`,
    ...new Array<string>(pages).fill('<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>'),
  ]
  writeSync(fd, '%PDF-1.7\n', 0, 'latin1')
  let table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  for (const [i, object] of objects.entries()) {
    const offset = (i + 1) * apart
    writeSync(fd, `${i + 1} 0 obj\n${object}\nendobj\n`, offset, 'latin1')
    table += `${String(offset).padStart(10, '0')} 00000 n \n`
  }
  const startxref = (objects.length + 1) * apart
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\n`
  return (
    startxref +
    writeSync(fd, `${table}${trailer}startxref\n${startxref}\n%%EOF\n`, startxref, 'latin1')
  )
}

/** A file whose content stream is so many octets that are left out: what stands before and after. */
function aroundHole(octets: number): readonly [string, string] {
  const objects = basicObjects({ 6: `<< /Length ${octets} >>\nstream\n@\nendstream` })
  const text = classicPdf(objects).toString('latin1')
  const [before = '', after = ''] = text.split('@')
  const grown = after.replace(/startxref\n(\d+)/, (_, offset: string) => {
    return `startxref\n${Number(offset) + octets - 1}`
  })
  return [before, grown]
}
