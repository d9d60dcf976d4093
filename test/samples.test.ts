import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openPdf, type PdfDocument } from '../src/pdf/document.ts'
import { signatureOf } from '../src/pdf/form.ts'
import { listPages, toPage } from '../src/pdf/pages.ts'
import { claimedPdfaPart } from '../src/pdf/place.ts'
import { readFields } from '../src/pdf/rules.ts'
import { bytesSource } from '../src/pdf/source.ts'

const FOLDER = fileURLToPath(new URL('../samples/', import.meta.url))
const README = readFileSync(`${FOLDER}README.md`, 'utf8')

/** The rows of the table in `samples/README.md`. */
const ROWS = README.split('\n').flatMap((line) => {
  const cells = line.split('|').map((cell) => cell.trim())
  const [, link = '', what = '', producer = '', xref = '', features = ''] = cells
  const file = /\((.+\.pdf)\)/.exec(link)?.[1]
  return file === undefined ? [] : [{ file, what, producer, xref, features }]
})

interface Read {
  readonly document: PdfDocument
  /** What a program prints about the file. */
  readonly ask: (program: string, ...args: string[]) => string
}

function read(file: string): Read {
  const path = `${FOLDER}${file}`
  return {
    document: openPdf(bytesSource(readFileSync(path))),
    ask: (program, ...args) => execFileSync(program, [...args, path], { encoding: 'utf8' }),
  }
}

/** What each word of the table's last column promises; an unknown word fails. */
const FEATURES: readonly (readonly [RegExp, (read: Read, groups: readonly string[]) => void])[] = [
  [/^–$/, () => {}],
  [/^balisé/, ({ ask }) => expect(ask('pdfinfo')).toMatch(/Tagged: +yes/)],
  [
    /^(\d+) pages$/,
    ({ document }, [count]) => expect([...listPages(document)].length).toBe(Number(count)),
  ],
  [
    /^PDF\/A-(\d)(.)$/,
    ({ document, ask }, [part, level]) => {
      expect(claimedPdfaPart(document)).toBe(Number(part))
      expect(ask('pdfinfo', '-meta')).toContain(`conformance>${level?.toUpperCase()}<`)
    },
  ],
  [
    /^page tournée \(\/Rotate (\d+)\)$/,
    ({ document }, [degrees]) => {
      expect([...listPages(document)].map((page) => toPage(document, page).rotation)).toEqual([
        Number(degrees),
      ])
    },
  ],
  [/^polices non incorporées$/, ({ ask }) => expect(ask('pdffonts')).toMatch(/ no +no +no /)],
  [/^formulaire$/, ({ ask }) => expect(ask('pdfinfo')).toMatch(/Form: +AcroForm/)],
  [
    /^champ de signature vide « (.+) »$/,
    ({ document }, [name]) => {
      const field = readFields(document).find((candidate) => candidate.name === name)
      expect(field?.type).toBe('Sig')
      expect(field && signatureOf(document, field)).toBeUndefined()
    },
  ],
  [/^linéarisé$/, ({ ask }) => expect(ask('qpdf', '--check')).toContain('File is linearized')],
  [
    /^catalogue et pages dans des flux d’objets$/,
    ({ document }) => {
      expect(document.catalog.isCompressed).toBe(true)
      for (const { object } of listPages(document)) expect(object?.isCompressed).toBe(true)
    },
  ],
  [
    /^signé \(approbation/,
    ({ document, ask }) => {
      expect(ask('pdfsig', '-nocert')).toContain('Signature is Valid')
      const [field] = readFields(document)
      expect(field && signatureOf(document, field)?.entries.get('Reference')).toBeUndefined()
    },
  ],
]

test('the table names every sample', () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.pdf'))
  expect(ROWS.map(({ file }) => file).sort()).toEqual(files.sort())
  expect(files.length).toBeGreaterThanOrEqual(8)
})

test.each(ROWS)('$file is a sound file of its producer', ({ file, producer }) => {
  const { document, ask } = read(file)
  expect(document.isRepaired).toBe(false)
  expect(ask('qpdf', '--check')).toContain('No syntax or stream encoding errors found')
  const maker = /Skia\/PDF|LibreOffice|Ghostscript|cairo|pdf-lib/.exec(producer)?.[0]
  expect(/Producer: +(.+)/.exec(ask('pdfinfo'))?.[1]).toContain(maker)
})

test.each(ROWS)('$file has the cross-reference it is said to have: $xref', ({ file, xref }) => {
  const { document } = read(file)
  const kinds = document.xref.sections.map(({ kind }) => (kind === 'classic' ? 'table' : kind))
  expect(new Set(kinds)).toEqual(new Set([xref]))
})

test.each(ROWS)('$file has what is said of it: $features', ({ file, features }) => {
  const sample = read(file)
  for (const feature of features.split(/, (?!visible)/)) {
    const [pattern, check] = FEATURES.find(([known]) => known.test(feature)) ?? []
    if (pattern === undefined || check === undefined) throw new Error(`nothing checks ${feature}`)
    check(sample, pattern.exec(feature)?.slice(1) ?? [])
  }
})
