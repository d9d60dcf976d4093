import { expect, test } from 'vitest'
import { illness, judgeSignatures } from '../support/judges.ts'
import {
  basicObjects,
  classicPdf,
  type Layout,
  type Objects,
  type StreamLayout,
  streamPdf,
} from '../support/pdfs.ts'
import { sealed } from '../support/sealed.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'

const signer = await makeSoftwareSigner()

function classic(layout: Layout, more: Objects = {}): Buffer {
  return classicPdf(basicObjects(more), layout)
}

function withStream(layout: StreamLayout): Buffer {
  return streamPdf(basicObjects(), { compressed: [1, 2, 3, 5], ...layout })
}

/** A plain file with one text in it replaced. */
function edited(from: string | RegExp, to: string): Buffer {
  const text = classicPdf().toString('latin1')
  const changed = text.replace(from, to)
  if (changed === text) throw new RangeError(`${from} is not there`)
  return Buffer.from(changed, 'latin1')
}

function page(entries: string): Objects {
  return { 3: `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] ${entries} >>` }
}

function catalog(entries: string): Objects {
  return { 1: `<< /Type /Catalog /Pages 2 0 R ${entries} >>` }
}

const SLOPPY: Record<string, Buffer> = {
  'entries of 19 octets': classic({ entryEnd: '\n' }),
  'entries of 21 octets': classic({ entryEnd: ' \r\n' }),
  'xref and its first part on one line': edited('xref\n0 6\n', 'xref 0 6\n'),
  'a trailer against its keyword': edited('trailer\n<<', 'trailer<<'),
  'comments in the trailer': edited('trailer\n<<', 'trailer % a\n<< % >>\n'),
  'startxref on one line with its number': edited('startxref\n', 'startxref '),
  'no %%EOF': edited('%%EOF\n', ''),
  'white space before the table': edited('xref\n0 6', '  xref\n0 6'),
  'offsets one short': classic({ shift: -1 }),
  'no /ID': classic({ trailer: '' }),
  'an /ID that is a reference': classic({ trailer: '/ID 6 0 R' }, { 6: '[<aa> <bb>]' }),
  'an /ID of one string': classic({ trailer: '/ID [<aa>]' }),
  'a /Size too small': classic({ size: 2 }),
  'a /Size of eight millions': classic({ size: 8_388_607 }),
  'a /Size beyond all numbers': classic({ size: 4_294_967_296 }),
  'a /Prev of null': classic({ trailer: '/Prev null' }),
  'a negative /Prev': classic({ trailer: '/Prev -1' }),
  'an /Encrypt of null': classic({ trailer: '/Encrypt null' }),
  'an /Encrypt that leads nowhere': classic({ trailer: '/Encrypt 6 0 R' }),
  'an /Info that leads nowhere': classic({ trailer: '/Info 6 0 R' }),
  'a text about startxref after the end': classic({ after: '<p>startxref is a word</p>' }),
  'objects of other generations': classic(
    { generations: { 1: 1, 3: 2 }, trailer: '/Root 1 1 R' },
    { 2: '<< /Type /Pages /Kids [3 2 R] /Count 1 >>' },
  ),
  'no endobj': classic({ endobj: '' }),
  'an /AcroForm of null': classic({}, catalog('/AcroForm null')),
  'an /AcroForm that leads nowhere': classic({}, catalog('/AcroForm 6 0 R')),
  'an /AcroForm without fields': classic({}, catalog('/AcroForm << /Fields null >>')),
  'an /AcroForm with an escaped key': classic({}, catalog('/Acro#46orm << /Fields [] >>')),
  'an /AcroForm all of references': classic(
    {},
    { ...catalog('/AcroForm 6 0 R'), 6: '<< /Fields 7 0 R /SigFlags 8 0 R >>', 7: '[]', 8: '1' },
  ),
  'misleading comments and strings': classic(
    {},
    catalog('% >> /AcroForm 9 0 R\n /X (a\\)b(c)) /Y <3e3e> % end >>\n'),
  ),
  'a key without a value': classic({}, catalog('/X')),
  'an unknown word for a value': classic({}, catalog('/X what')),
  'a large catalog': classic({}, catalog(`/X (${'x'.repeat(100_000)})`)),
  '/Annots of null': classic({}, page('/Annots null')),
  '/Annots that lead nowhere': classic({}, page('/Annots 6 0 R')),
  '/Annots behind a reference': classic({}, { ...page('/Annots 6 0 R'), 6: '[ % none\n ]' }),
  'a page without type': classic({}, { 3: '<< /Parent 2 0 R /MediaBox [0 0 300 200] >>' }),
  'a page without a box': classic({}, { 3: '<< /Type /Page /Parent 2 0 R >>' }),
  'a page twice in its tree': classic({}, { 2: '<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>' }),
  'kids behind a reference': classic(
    {},
    { 2: '<< /Type /Pages /Kids 6 0 R /Count 1 >>', 6: '[3 0 R]' },
  ),
  'a node of the page tree without type': classic({}, { 2: '<< /Kids [3 0 R] /Count 1 >>' }),
  'a stream without length': classic({}, { 4: '<< >>\nstream\nBT ET\nendstream' }),
  'a stream that begins after CR': classic({}, { 4: '<< /Length 5 >>\nstream\rBT ET\nendstream' }),
  'a cross-reference stream of wrong length': withStream({ own: { Length: '5' } }),
  'a cross-reference stream with an odd /Index': withStream({ own: { Index: '[0 8 9]' } }),
  'a cross-reference stream with four widths': withStream({ own: { W: '[1 4 2 0]' } }),
  'a cross-reference stream, white space before it': withStream({ startShift: -1 }),
}

test.each(Object.entries(SLOPPY))('%s: sealed as by a reader that forgives', async (_, pdf) => {
  const file = await sealed(pdf, signer)

  expect(judgeSignatures(file)).toMatchObject({ all: 1, valid: 1, coversAll: true })
  expect(illness(file)).toBeLessThanOrEqual(illness(pdf))
})

const REPAIRED: Record<string, Buffer> = {
  'no startxref': edited(/startxref\n\d+\n/, ''),
  'startxref beyond the end': classic({ startShift: 100_000 }),
  'startxref in the middle of an object': classic({ startShift: -50 }),
  'offsets all wrong': classic({ shift: 5 }),
  'a /Prev in a circle': classic({ trailer: '/Prev 411' }),
  'a /Prev beyond the end': classic({ trailer: '/Prev 99999' }),
  'offsets that ignore the junk before the header': classic({ before: 'junk\n', startShift: -5 }),
}

test.each(Object.entries(REPAIRED))('%s: sealed with a whole cross-reference', async (_, pdf) => {
  const file = await sealed(pdf, signer)

  expect(judgeSignatures(file)).toMatchObject({ all: 1, valid: 1, coversAll: true })
  expect(illness(file)).toBe(0)
})

const REFUSED: Record<string, [code: string, pdf: Buffer]> = {
  nothing: ['not-a-pdf', Buffer.alloc(0)],
  'a text': ['not-a-pdf', Buffer.from('Bonjour')],
  'a PDF without its header': ['pdf-damaged', classic({ header: '' })],
  'a header too late': ['pdf-damaged', classic({ before: `${'j'.repeat(2_000)}\n` })],
  'a header and no more': ['pdf-damaged', Buffer.from('%PDF-1.7\n')],
  'no catalog': ['pdf-damaged', edited('/Root 1 0 R', '')],
  'a catalog without pages': ['pdf-damaged', classic({}, { 1: '<< /Type /Catalog >>' })],
  'a catalog that is free': ['pdf-damaged', classic({ free: [1] })],
  'a page of another generation': ['pdf-damaged', classic({ generations: { 3: 1 } })],
  'no page': ['pdf-damaged', classic({}, { 2: '<< /Type /Pages /Kids [] /Count 0 >>' })],
  'a page for a page tree': ['pdf-damaged', classic({}, { 2: '<< /Type /Page >>' })],
  'a page tree in a circle': ['pdf-damaged', classic({}, { 3: '<< /Kids [2 0 R] >>' })],
  'annotations that are a dictionary': ['pdf-damaged', classic({}, page('/Annots << >>'))],
  'a form behind two references': [
    'pdf-damaged',
    classic({}, { ...catalog('/AcroForm 6 0 R'), 6: '7 0 R', 7: '<< >>' }),
  ],
  'a table without trailer': ['pdf-damaged', edited('trailer\n', '')],
  'a table too long': ['pdf-damaged', edited('xref\n0 6', 'xref\n0 9')],
  'a table too short': ['pdf-damaged', edited('xref\n0 6', 'xref\n0 5')],
  'a letter in an entry': ['pdf-damaged', edited(' 00000 n', ' 0000x n')],
  'a cross-reference stream of another type': ['pdf-damaged', withStream({ own: { Type: '/X' } })],
  'absurd widths': ['pdf-damaged', withStream({ own: { W: '[1 40000000 2]' } })],
  'negative widths': ['pdf-damaged', withStream({ own: { W: '[1 -4 2]' } })],
  'an absurd /Index': ['pdf-damaged', withStream({ own: { Index: '[0 2147483647]' } })],
  'a /Size larger than the stream': ['pdf-damaged', withStream({ size: 8_388_607 })],
  'object streams and no way to them': ['pdf-damaged', withStream({ startShift: 100_000 })],
  'offsets of object streams all wrong': ['pdf-damaged', withStream({ shift: 5 })],
  'an unknown security handler': [
    'pdf-encrypted',
    classic({ trailer: '/Encrypt << /Filter /Other /V 1 >>' }),
  ],
}

test.each(Object.entries(REFUSED))('%s: refused', async (_, [code, pdf]) => {
  await expect(sealed(pdf, signer)).rejects.toMatchObject({ name: 'AppError', code })
})
