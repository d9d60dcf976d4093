import { expect, test } from 'vitest'
import { openPdf, type PdfDocument } from '../../src/pdf/document.ts'
import { findAcroForm } from '../../src/pdf/form.ts'
import { planSignature, prepare } from '../../src/pdf/plan.ts'
import { serialise } from '../../src/pdf/serialise.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { asKind, type PdfDict } from '../../src/pdf/values.ts'
import { illness, judgeSignatures } from '../support/judges.ts'
import { basicObjects, classicPdf, manyPages, type Objects, streamPdf } from '../support/pdfs.ts'
import { SIGNED_AT, sealed } from '../support/sealed.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'

const signer = await makeSoftwareSigner()

async function afterSeal(pdf: Buffer): Promise<PdfDocument> {
  const file = await sealed(pdf, signer)
  expect(judgeSignatures(file)).toMatchObject({ valid: 1, coversAll: true })
  expect(illness(file)).toBe(illness(pdf))
  return openPdf(bytesSource(file))
}

function catalogOf(document: PdfDocument): PdfDict | undefined {
  return asKind(document.catalog.value, 'dict')
}

function fieldsOf(document: PdfDocument): string {
  const fields = document.resolve(findAcroForm(document)?.dict.entries.get('Fields'))
  return serialise(asKind(fields, 'array') ?? null)
}

function form(catalog: string, more: Objects = {}): Buffer {
  return classicPdf(basicObjects({ 1: `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`, ...more }))
}

const FIELD = { 6: '<< /FT /Tx /T (Signature1) >>' }

test.each([
  ['absent', form('')],
  ['null', form('/AcroForm null')],
  ['dangling', form('/AcroForm 77 0 R')],
])('a form that is %s is made', async (_, pdf) => {
  const document = await afterSeal(pdf)
  expect(fieldsOf(document)).toMatch(/^\[\d+ 0 R\]$/)
  expect(findAcroForm(document)?.dict.entries.get('SigFlags')).toBe(3)
})

test.each([
  ['direct', form('/AcroForm << /Fields [6 0 R] /DA (x) >>', FIELD)],
  ['indirect', form('/AcroForm 7 0 R', { ...FIELD, 7: '<< /DA (x) /Fields [6 0 R] >>' })],
  [
    'indirect to its list of fields',
    form('/AcroForm 7 0 R', { ...FIELD, 7: '<< /DA (x) /Fields 8 0 R >>', 8: '[6 0 R]' }),
  ],
  [
    'direct with an indirect list',
    form('/AcroForm << /Fields 7 0 R /DA (x) >>', { ...FIELD, 7: '[6 0 R]' }),
  ],
])('a form that is %s keeps what it has and gets one field', async (_, pdf) => {
  const document = await afterSeal(pdf)
  expect(fieldsOf(document)).toMatch(/^\[6 0 R \d+ 0 R\]$/)
  expect(findAcroForm(document)?.dict.entries.get('SigFlags')).toBe(3)
  expect(serialise(findAcroForm(document)?.dict.entries.get('DA') ?? null)).toBe('(x)')
})

test('a new field bears a name that no other bears', async () => {
  const pdf = form('/AcroForm << /Fields [6 0 R 7 0 R] >>', {
    ...FIELD,
    7: '<< /T (Signature2) /Kids [8 0 R] >>',
    8: '<< /T (Signature3) /FT /Tx /Parent 7 0 R >>',
  })
  expect((await sealed(pdf, signer)).toString('latin1')).toContain('/T (Signature3)')
})

test('what is not the signature’s own keeps its octets', async () => {
  const odd = '/X#20Y   (a\\\n\\053)/Z[ 1.50 -.0 ]% comment\n /Long 00012'
  const pdf = form(odd)
  const added = (await sealed(pdf, signer)).subarray(pdf.length).toString('latin1')
  expect(added).toContain(odd)
})

test.each([
  ['dynamic', '/NeedsRendering true /AcroForm << /Fields [] /XFA [] >>', true],
  ['static', '/AcroForm << /Fields [] /XFA [] >>', false],
  ['no XFA', '/NeedsRendering true /AcroForm << /Fields [] >>', false],
])('a form that is %s is sealed and told apart', async (_, catalog, isDynamicForm) => {
  const pdf = form(catalog)
  const plan = planSignature(prepare(openPdf(bytesSource(pdf)), { signedAt: SIGNED_AT }), 8)
  expect(plan.isDynamicForm).toBe(isDynamicForm)
  await afterSeal(pdf)
})

test('a list of annotations that two pages share is not given to the other', async () => {
  const page = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Annots 6 0 R >>'
  const pdf = classicPdf(
    basicObjects({
      2: '<< /Type /Pages /Kids [3 0 R 7 0 R] /Count 2 >>',
      3: page,
      6: '[8 0 R]',
      7: page,
      8: '<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] >>',
    }),
  )

  const document = await afterSeal(pdf)

  const annotations = (number: number) => {
    const value = asKind(document.find({ kind: 'ref', number, generation: 0 })?.value, 'dict')
    return asKind(document.resolve(value?.entries.get('Annots')), 'array')?.items.length
  }
  expect([annotations(3), annotations(7)]).toEqual([2, 1])
})

test('an array that is both the fields and the annotations gets the field once', async () => {
  const pdf = classicPdf(
    basicObjects({
      1: '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields 6 0 R >> >>',
      3: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Annots 6 0 R >>',
      6: '[7 0 R]',
      7: '<< /Type /Annot /Subtype /Widget /FT /Tx /T (Nom) /Rect [0 0 9 9] /P 3 0 R >>',
    }),
  )
  expect(fieldsOf(await afterSeal(pdf))).toMatch(/^\[7 0 R \d+ 0 R\]$/)
})

test('usage rights behind a reference are kept beside a certification', async () => {
  const rights = '<< /UR3 7 0 R >>'
  const pdf = form('/Perms 6 0 R', { 6: rights, 7: '<< /Type /Sig >>' })
  const document = openPdf(bytesSource(await sealed(pdf, signer, { certify: 2 })))
  const perms = asKind(document.resolve(catalogOf(document)?.entries.get('Perms')), 'dict')
  expect([...(perms?.entries.keys() ?? [])].sort()).toEqual(['DocMDP', 'UR3'])
})

test('a new object never takes the number of a reference that led nowhere', async () => {
  const pdf = classicPdf(basicObjects(), { trailer: '/Info 6 0 R /Encrypt 7 0 R' })
  const document = await afterSeal(pdf)
  expect(document.resolve({ kind: 'ref', number: 6, generation: 0 })).toBeNull()
  expect(document.resolve({ kind: 'ref', number: 7, generation: 0 })).toBeNull()
})

test.each([
  ['classic', classicPdf(), 'classic'],
  ['stream', streamPdf(), 'stream'],
])('after a %s cross-reference comes one of its kind', async (_, pdf, kind) => {
  const { sections } = (await afterSeal(pdf)).xref
  expect(sections.map((section) => section.kind)).toEqual([kind, kind])
})

test.each([1, 150, 300, -1])('page %d of three hundred is found', async (page) => {
  const pdf = streamPdf(manyPages(300), {
    compressed: Array.from({ length: 300 }, (_, i) => 10 + i),
  })
  const file = await sealed(pdf, signer, { page })
  const number = 9 + (page === -1 ? 300 : page)
  expect(file.subarray(pdf.length).toString('latin1')).toContain(`/P ${number} 0 R`)
  expect(illness(file)).toBe(0)
})
