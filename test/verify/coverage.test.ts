import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import {
  appendCompressed,
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
  'begins later, as long as ever': ([a, b, c, d]) => [a + 1, b, c, d],
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
  const objects = { [Number(signature)]: signatureText.trim() }
  const { signatures } = await verifyPdf(
    appendCompressed(signed, nextNumber(signed), objects),
    trust,
  )

  expect(signatures).toMatchObject([{ ...FORMAT, coverage: 'partial' }])
})

test('a signature over a file that was no document then is over no revision', async () => {
  const broken = signPdf(original, { ...signer, replace: { 'xref\n': 'xxxx\n' } })
  const { signatures } = await verifyPdf(signPdf(broken, signer), trust)

  expect(signatures).toMatchObject([
    { ...FORMAT, coverage: 'partial' },
    { coverage: 'whole-document' },
  ])
})

test('of two signatures that leave each other’s /Contents in, neither stands', async () => {
  const room = '[0 000000 000000 000000]'
  const empty = `<< /Type /Sig /SubFilter /ETSI.CAdES.detached /Contents <00> /ByteRange ${room} >>`
  const twins = Buffer.from(
    makePdf({
      [CATALOG]: `<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [
        << /FT /Sig /T (A) /V 8 0 R >> << /FT /Sig /T (B) /V 9 0 R >>] >> >>`,
      8: empty,
      9: empty,
    }),
  )
  for (let at = twins.indexOf('<00>'); at !== -1; at = twins.indexOf('<00>', at + 4)) {
    if (twins.toString('latin1', at - 10, at) !== '/Contents ') continue
    const range = `[0 ${at} ${at + 4} ${twins.length - at - 4}]`
    twins.write(range.padEnd(room.length), twins.indexOf(room, at), 'latin1')
  }
  const { signatures } = await verifyPdf(twins, trust)

  expect(signatures).toMatchObject([FORMAT, FORMAT])
  for (const { reasons } of signatures) expect(reasons.join()).toContain('overlaps')
})

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
