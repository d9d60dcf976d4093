import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SignatureRequest } from '../../src/pdf/request.ts'
import { drawBox } from '../support/drawn-box.ts'
import { illness, judgeSignatures } from '../support/judges.ts'
import { runs } from '../support/laws.ts'
import { basicObjects, classicPdf, hybridPdf, qpdf, streamPdf } from '../support/pdfs.ts'
import { sealed } from '../support/sealed.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'

const signer = await makeSoftwareSigner()

interface Document {
  readonly layout: 'classic' | 'stream' | 'compressed' | 'hybrid'
  readonly acroForm: string
  readonly annotations: string
  readonly isInherited: boolean
  readonly rotate: number
  readonly reworked: readonly string[]
}

/** A file of two empty signature fields, written in one of the many ways that mean the same. */
function build({ layout, acroForm, annotations, isInherited, rotate, reworked }: Document): Buffer {
  const attributes = `/MediaBox [0 0 300 200] /Rotate ${rotate}`
  const field = (name: string) =>
    `<< /Type /Annot /Subtype /Widget /FT /Sig /T (${name}) /F 4 /P 3 0 R /Rect [10 10 60 40] >>`
  const objects = basicObjects({
    1: `<< /Type /Catalog /Pages 2 0 R /AcroForm ${acroForm} /Lang (fr) >>`,
    2: `<< /Type /Pages /Kids [3 0 R] /Count 1 ${isInherited ? attributes : ''} >>`,
    3: `<< /Type /Page /Parent 2 0 R ${isInherited ? '' : attributes} /Annots ${annotations} >>`,
    6: field('Maire'),
    7: field('Adjoint'),
    8: '[6 0 R 7 0 R]',
    9: '<< /Fields [6 0 R 7 0 R] >>',
    10: '<< /Fields 8 0 R /SigFlags 1 >>',
  })
  const pdf = {
    classic: () => classicPdf(objects),
    stream: () => streamPdf(objects),
    compressed: () => streamPdf(objects, { compressed: [1, 2, 3, 5, 6, 7, 8, 9, 10] }),
    hybrid: () => hybridPdf(objects, [9, 10]),
  }[layout]()
  return reworked.length === 0 ? pdf : qpdf(pdf, ...reworked)
}

const WEAK = '--allow-weak-crypto'
const document: fc.Arbitrary<Document> = fc.record({
  layout: fc.constantFrom('classic', 'stream', 'compressed', 'hybrid'),
  acroForm: fc.constantFrom(
    '9 0 R',
    '10 0 R',
    '<< /Fields [6 0 R 7 0 R] >>',
    '<< /Fields 8 0 R >>',
  ),
  annotations: fc.constantFrom('[6 0 R 7 0 R]', '8 0 R'),
  isInherited: fc.boolean(),
  rotate: fc.constantFrom(0, 90, 180, 270),
  reworked: fc.constantFrom<readonly string[]>(
    [],
    ['--linearize'],
    ['--object-streams=generate'],
    ['--encrypt', '', 'o', '256', '--'],
    ['--object-streams=generate', '--encrypt', '', 'o', '256', '--'],
    [WEAK, '--object-streams=generate', '--encrypt', '', 'o', '128', '--use-aes=y', '--'],
    [WEAK, '--encrypt', '', 'o', '128', '--'],
  ),
})

const RECT = { x: 70, y: 60, width: 80, height: 40 }
const REQUESTS: readonly Partial<SignatureRequest>[] = [
  {},
  { rect: RECT },
  { page: -1, reason: 'Été (2)' },
  { field: 'Maire' },
  { field: 'Adjoint' },
]
const requests = fc
  .tuple(
    fc.constantFrom<Partial<SignatureRequest>>({}, { certify: 2 }, { certify: 3 }),
    fc.uniqueArray(fc.nat(REQUESTS.length - 1), { minLength: 1, maxLength: 4 }),
  )
  .map(([first, chosen]) => chosen.map((i, n) => ({ ...REQUESTS[i], ...(n === 0 && first) })))

test('every signature of a life stays valid, however the file is written', async () => {
  await fc.assert(
    fc.asyncProperty(document, requests, async (made, asked) => {
      const level = asked[0]?.certify
      let file = build(made)
      for (const request of asked) {
        // A new visible field is what level 2 forbids.
        const isForbidden =
          level === 2 && request.rect !== undefined && request.certify === undefined
        file = await sealed(file, signer, isForbidden ? {} : request, async (box) => drawBox(box))
      }
      expect(judgeSignatures(file)).toMatchObject({ valid: asked.length, coversAll: true })
      expect(illness(file)).toBe(0)
    }),
    runs(60),
  )
})
