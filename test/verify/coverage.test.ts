import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import {
  appendUpdate,
  CATALOG,
  makePdf,
  nextNumber,
  PAGE,
  type SignWish,
  signPdf,
} from '../support/test-pdf.ts'
import { makeTrust, verifyPdf } from '../support/verifier.ts'

const trust = makeTrust()
const { signer } = trust
const original = makePdf()
const signed = signPdf(original, signer)

/** Texts of the signature dictionary, its field and the form in `signed`. */
const text = Buffer.from(signed).toString('latin1')
const [, signature = ''] = /(\d+) 0 obj\s*<<[^>]*\/Type ?\/Sig\b/.exec(text) ?? []
const [, field = ''] = /(\d+) 0 obj\s*<<[^>]*\/FT ?\/Sig\b/.exec(text) ?? []
const dictionary = text.slice(text.indexOf('<<', text.indexOf(`${signature} 0 obj`)))
const signatureText = dictionary.slice(0, dictionary.indexOf('endobj'))
const FORMAT = { indication: 'TOTAL_FAILED', subIndication: 'FORMAT_FAILURE' }

test('the place of the signature in the test file is known', () => {
  expect(Number(signature)).toBeGreaterThan(7)
  expect(Number(field)).toBeGreaterThan(7)
  expect(signatureText).toContain('/ByteRange')
})

const RANGES: Record<string, SignWish['range']> = {
  'leaves out more than its /Contents': ([a, b, c, d]) => [a, b, c + 1, d - 1],
  'leaves out octets before its /Contents': ([a, b, c, d]) => [a, b - 1, c, d],
  'leaves out only what is inside < and >': ([a, b, c, d]) => [a, b + 1, c - 1, d + 1],
  'does not begin at the beginning': ([a, b, c, d]) => [a + 1, b - 1, c, d],
  'ends before its revision does': ([a, b, c, d]) => [a, b, c, d - 20],
  'ends after the end of the file': ([a, b, c, d]) => [a, b, c, d + 1],
  'covers nothing after the gap': ([a, b, c]) => [a, b, c, 0],
  'covers nothing before the gap': ([, , c, d]) => [0, 0, c, d],
  'overlaps itself': ([a, , c, d]) => [a, c, c, d],
  'has three numbers': ([a, b, c]) => [a, b, c],
  'has six numbers': ([a, b, c, d]) => [a, b, c, d - 10, c + d - 10, 10],
  'has a negative number': ([a, b, c, d]) => [a, b, c, -d],
  'has a fraction': ([a, b, c, d]) => [a, b, c, d + 0.5],
  'is empty': () => [],
}

describe.each(Object.entries(RANGES))('a signature whose ByteRange %s', (_, range) => {
  test('fails for its form, whatever it digests', async () => {
    const wish = range === undefined ? {} : { range }
    const { signatures } = await verifyPdf(signPdf(original, { ...signer, ...wish }), trust)

    expect(signatures).toMatchObject([{ ...FORMAT, coverage: 'partial' }])
  })
})

const EDITS: Record<string, (text: string) => string> = {
  'a ByteRange that is a reference': (dict) =>
    dict.replace(/\/ByteRange \[[^\]]*\]/, '/ByteRange 90 0 R'),
  'no ByteRange': (dict) => dict.replace('/ByteRange', '/ByteRanger'),
  'a ByteRange of null': (dict) => dict.replace(/\/ByteRange \[[^\]]*\]/, '/ByteRange null'),
  'no /Contents': (dict) => dict.replace('/Contents', '/Content'),
  '/Contents of null': (dict) => dict.replace(/\/Contents <[^>]*>/, '/Contents null'),
  '/Contents that is a reference': (dict) => dict.replace(/\/Contents <[^>]*>/, '/Contents 91 0 R'),
  'nothing changed, at another place': (dict) => dict,
}

describe.each(Object.entries(EDITS))('a signature written again later with %s', (_, edit) => {
  const contents = /\/Contents (<[^>]*>)/.exec(signatureText)?.[1] ?? ''
  const range = /\/ByteRange (\[[^\]]*\])/.exec(signatureText)?.[1] ?? ''
  const objects = { [Number(signature)]: edit(signatureText), 90: range, 91: contents }

  test('fails for its form', async () => {
    const { signatures } = await verifyPdf(appendUpdate(signed, objects), trust)

    expect(signatures).toMatchObject([{ ...FORMAT, coverage: 'partial' }])
  })
})

test('a copy of a signature in another dictionary does not count', async () => {
  const copy = nextNumber(signed)
  const objects = { [Number(field)]: fieldText(copy), [copy]: signatureText }
  const { signatures } = await verifyPdf(appendUpdate(signed, objects), trust)

  expect(signatures).toMatchObject([FORMAT])
})

test('a second field with the same signature does not count, and the first stays what it is', async () => {
  const copy = nextNumber(signed)
  const form = /\/Fields\s*\[([^\]]*)\]/.exec(text.slice(original.length))?.[1] ?? ''
  const objects = {
    [copy]: `<< /FT /Sig /T (Deux) /V ${signature} 0 R >>`,
    [CATALOG]: `<< /Type /Catalog /Pages 2 0 R
      /AcroForm << /Fields [${form} ${copy} 0 R] /SigFlags 3 >> >>`,
  }
  const { signatures } = await verifyPdf(appendUpdate(signed, objects), trust)

  expect(signatures).toMatchObject([
    { indication: 'TOTAL_PASSED', changesAfter: [{ kind: 'signatures' }] },
    { ...FORMAT, fieldName: 'Deux', coverage: 'partial' },
  ])
})

function fieldText(value: number): string {
  return `<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /P ${PAGE} 0 R
    /Rect [0 0 0 0] /V ${value} 0 R >>`
}

test('a signature put into a field that covers an older part of the file is not in that part', async () => {
  const twice = signPdf(signed, signer)
  const moved = nextNumber(twice)
  const objects = { [Number(field)]: fieldText(moved), [moved]: signatureText }
  const { signatures } = await verifyPdf(appendUpdate(twice, objects), trust)

  expect(signatures.every(({ indication }) => indication === 'TOTAL_FAILED')).toBe(true)
})

test('a signature in an object stream covers nothing', async () => {
  const number = nextNumber(signed)
  const body = signatureText.trim()
  const head = `${signature} 0 `
  const objects = {
    [number]: `<< /Type /ObjStm /N 1 /First ${head.length} /Length ${head.length + body.length} >>
stream\n${head}${body}\nendstream`,
  }
  const updated = appendUpdate(signed, objects)
  const withStream = appendXrefStream(updated, Number(signature), number)
  const { signatures } = await verifyPdf(withStream, trust)

  expect(signatures).toMatchObject([{ ...FORMAT, coverage: 'partial' }])
})

/** An update by a cross-reference stream that says an object stands in an object stream. */
function appendXrefStream(pdf: Uint8Array, object: number, inStream: number): Uint8Array {
  const at = pdf.length
  const size = nextNumber(pdf)
  const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(Buffer.from(pdf).toString('latin1'))?.[1]
  const row = Buffer.from([2, inStream >> 8, inStream & 0xff, 0])
  const head = `${size} 0 obj
<< /Type /XRef /Size ${size + 1} /W [1 2 1] /Index [${object} 1] /Root ${CATALOG} 0 R
/Prev ${previous} /Length ${row.length} >>\nstream\n`
  const tail = `\nendstream\nendobj\nstartxref\n${at}\n%%EOF\n`
  return Buffer.concat([pdf, Buffer.from(head), row, Buffer.from(tail)])
}

const passes = async (pdf: Uint8Array) => {
  try {
    const { signatures } = await verifyPdf(pdf, trust)
    return signatures.some(({ indication }) => indication === 'TOTAL_PASSED')
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

const gap = (() => {
  const at = text.indexOf('/Contents <', original.length) + '/Contents '.length
  return { start: at, end: text.indexOf('>', at) + 1 }
})()

/** Digits, and the white space that a hexadecimal string may have. */
const HEX = /[0-9a-fA-F\0\t\n\f\r ]/

describe('of a signed document', () => {
  test('no octet that is covered can be changed', async () => {
    const covered = signed.length - (gap.end - gap.start)
    const change = fc.integer({ min: 1, max: 255 })
    await fc.assert(
      fc.asyncProperty(fc.nat(covered - 1), change, async (index, mask) => {
        const at = index < gap.start ? index : index + gap.end - gap.start
        const changed = Uint8Array.from(signed)
        changed[at] = (changed[at] ?? 0) ^ mask
        expect(await passes(changed)).toBe(false)
      }),
      { numRuns: 400 },
    )
  })

  test('no octets can be taken out or put in', async () => {
    const octets = fc.uint8Array({ maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(fc.nat(signed.length - 1), fc.nat(40), octets, async (at, cut, put) => {
        const spliced = Buffer.concat([signed.slice(0, at), put, signed.slice(at + cut)])
        fc.pre(spliced.length !== signed.length)
        expect(await passes(spliced)).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  test('/Contents holds digits and nothing else', async () => {
    const padding = gap.end - 100
    const other = fc.integer({ min: 0, max: 255 }).filter((c) => !HEX.test(String.fromCharCode(c)))
    await fc.assert(
      fc.asyncProperty(fc.nat(98), other, async (index, octet) => {
        const changed = Uint8Array.from(signed)
        changed[padding + index] = octet
        expect(await passes(changed)).toBe(false)
      }),
      { numRuns: 50 },
    )
  })

  test('every part is a report or a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(signed.length - 1), async (end) => {
        expect(await passes(signed.slice(0, end))).toBe(false)
      }),
      { numRuns: 100 },
    )
  })
})
