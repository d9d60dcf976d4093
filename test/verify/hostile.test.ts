import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { CATALOG, makePdf, type Objects, signPdf } from '../support/test-pdf.ts'
import { issue, makeCa, makeKey, makeRoot } from '../support/test-pki.ts'
import { makeTrust, verifyPdf } from '../support/verifier.ts'

const trust = makeTrust()
const { signer } = trust

/** What a program that writes PDFs badly, or a person that means ill, would put anywhere. */
const TOKENS = [
  ...['<<', '>>', '[', ']', '(', '<', '%', 'null', 'obj', 'endobj', 'stream', 'startxref'],
  ...['0 R', '3 0 R', '8 0 R', '99999999999', '-1', '/Kids', '/Parent', '/V', '/Annots'],
  ...['/Fields', '/Contents', '/ByteRange', '/DSS', '/Prev 0', '/Type /ObjStm'],
]

test('whatever is written into a signed document, the answer is a report or a refusal', async () => {
  const signed = signPdf(signPdf(makePdf(), signer), signer)
  const edit = fc.tuple(fc.nat(signed.length - 1), fc.constantFrom(...TOKENS), fc.boolean())
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      const edited = edits.reduce<Uint8Array>((pdf, [at, token, replaces]) => {
        const end = replaces ? at + token.length : at
        return Buffer.concat([pdf.subarray(0, at), Buffer.from(token), pdf.subarray(end)])
      }, signed)
      try {
        expect((await verifyPdf(edited, trust)).bytes).toBe(edited.length)
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
      }
    }),
    { numRuns: 400 },
  )
})

test('any octets are refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (octets) => {
      await expect(verifyPdf(octets, trust)).rejects.toBeInstanceOf(AppError)
      const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), octets])
      await expect(verifyPdf(pdf, trust)).rejects.toMatchObject({ code: 'pdf-damaged' })
    }),
  )
})

test('any octets as /Contents fail and do no harm', async () => {
  const pdf = makePdf()
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (octets) => {
      const { signatures } = await verifyPdf(signPdf(pdf, { ...signer, cms: () => octets }), trust)
      expect(signatures).toMatchObject([{ indication: 'TOTAL_FAILED' }])
    }),
  )
})

test('more signatures than one request may cost are refused', async () => {
  const fields: Objects = Object.fromEntries(
    Array.from({ length: 201 }, (_, i) => [
      10 + i,
      `<< /FT /Sig /T (S${i}) /V << /Type /Sig >> >>`,
    ]),
  )
  const refs = Object.keys(fields).map((number) => `${number} 0 R`)
  const form = `<< /Fields [${refs.join(' ')}] >>`
  const catalog = `<< /Type /Catalog /Pages 2 0 R /AcroForm ${form} >>`

  await expect(verifyPdf(makePdf({ ...fields, [CATALOG]: catalog }), trust)).rejects.toMatchObject({
    code: 'pdf-damaged',
  })
})

test('a signature with a bag of certificates that lead nowhere is judged all the same', async () => {
  const key = makeKey()
  const self = makeRoot('Boucle', { key })
  const chain = Array.from({ length: 9 }, () => makeCa(self, 'Boucle', { key }))
  const { signatures } = await verifyPdf(
    signPdf(makePdf(), { holder: issue(self, 'Cachet'), chain }),
    trust,
  )

  expect(signatures).toMatchObject([{ subIndication: 'NO_CERTIFICATE_CHAIN_FOUND' }])
})

test('references that run in circles end', async () => {
  const circle = makePdf({
    8: '<< /Next 9 0 R >>',
    9: '<< /Next 8 0 R /Self 9 0 R >>',
    [CATALOG]: '<< /Type /Catalog /Pages 2 0 R /Outlines 8 0 R /AcroForm << /Fields [6 0 R] >> >>',
  })
  const { signatures } = await verifyPdf(signPdf(signPdf(circle, signer), signer), trust)

  expect(signatures.map(({ indication }) => indication)).toEqual(['TOTAL_PASSED', 'TOTAL_PASSED'])
})

test('a form nested deeper than any is compared no further than it is read', async () => {
  const depth = 5_000
  const chain: Objects = Object.fromEntries(
    Array.from({ length: depth }, (_, i) => [10 + i, `<< /T (f) /Kids [${11 + i} 0 R] >>`]),
  )
  const catalog = '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [10 0 R] >> >>'
  const deep = makePdf({ ...chain, [10 + depth]: '<< /T (f) >>', [CATALOG]: catalog })
  const { signatures } = await verifyPdf(signPdf(signPdf(deep, signer), signer), trust)

  expect(signatures).toMatchObject([
    { indication: 'TOTAL_PASSED', changesAfter: [{ kind: 'signatures' }] },
    { indication: 'TOTAL_PASSED' },
  ])
})
