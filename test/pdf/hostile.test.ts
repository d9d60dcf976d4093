import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { prepareSignature } from '../../src/ades/pades.ts'
import { AppError } from '../../src/errors.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { illness, judgeSignatures } from '../support/judges.ts'
import { runs } from '../support/laws.ts'
import {
  basicObjects,
  classicPdf,
  hybridPdf,
  manyPages,
  type Objects,
  qpdf,
  streamBody,
  streamPdf,
} from '../support/pdfs.ts'
import { SIGNED_AT, sealed } from '../support/sealed.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'

const signer = await makeSoftwareSigner()

/** `sealed`, or the code of the refusal. Anything else is thrown. */
async function outcomeOf(pdf: Uint8Array, page?: number): Promise<string> {
  const asked = { signedAt: SIGNED_AT, ...(page !== undefined && { page }) }
  try {
    await prepareSignature(bytesSource(pdf), signer.encoder, asked)
    return 'sealed'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

const MIB = 1024 * 1024

function flate(bytes: number): string {
  return deflateSync(Buffer.alloc(bytes)).toString('latin1')
}

function bombXref(data: string, filter = '/FlateDecode'): Buffer {
  const entries = `/Type /XRef /Size 9 /W [1 4 2] /Root 1 0 R /Filter ${filter}`
  const text = `%PDF-1.7\n1 0 obj\n${streamBody(data, entries)}\nendobj\nstartxref\n9\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

/** The catalog in an object stream of this data. */
function bombObjects(data: string, filter: string): Buffer {
  const entries = `/Type /ObjStm /N 1 /First 4 /Filter ${filter}`
  const objects = { ...basicObjects(), 7: streamBody(data, entries) }
  const pdf = streamPdf(objects, { compressed: [1], isDeflated: false }).toString('latin1')
  // The entry of the catalog now leads into the bomb.
  return Buffer.from(pdf.replace('\x02\0\0\0\x08\0\0', '\x02\0\0\0\x07\0\0'), 'latin1')
}

function scattered(sections: number): Buffer {
  let text = classicPdf(manyPages(8_000)).toString('latin1')
  let previous = /startxref\n(\d+)/.exec(text)?.[1]
  for (let i = 0; i < sections; i += 1) {
    const start = text.length
    const trailer = `<< /Size 9000 /Root 1 0 R /Prev ${previous} >>`
    text += `xref\n0 1\n0000000000 65535 f \ntrailer\n${trailer}\nstartxref\n${start}\n%%EOF\n`
    previous = String(start)
  }
  return Buffer.from(text, 'latin1')
}

function chain(count: number, body: (next: number) => string): Objects {
  const nodes = Array.from({ length: count }, (_, i) => [10 + i, body(11 + i)] as const)
  return { ...Object.fromEntries(nodes), [10 + count]: '<< /T (x) /Type /Page >>' }
}

const withFields = (fields: string) =>
  `<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [${fields}] >> >>`

interface Bomb {
  readonly pdf: Buffer
  readonly page?: number
  readonly outcome: string
}

const BOMBS: Record<string, () => Bomb> = {
  'a cross-reference stream of 80 MB': () => ({
    pdf: bombXref(flate(80 * MIB)),
    outcome: 'pdf-damaged',
  }),
  'a cross-reference stream compressed twice': () => ({
    pdf: bombXref(deflateSync(flate(80 * MIB)).toString('latin1'), '[/FlateDecode /FlateDecode]'),
    outcome: 'pdf-damaged',
  }),
  'an object stream of 80 MB': () => ({
    pdf: bombObjects(flate(80 * MIB), '/FlateDecode'),
    outcome: 'pdf-damaged',
  }),
  'an object stream of zeros in base 85': () => ({
    pdf: bombObjects('z'.repeat(10 * MIB), '/ASCII85Decode'),
    outcome: 'pdf-damaged',
  }),
  'filters without end': () => ({
    pdf: bombObjects('', `[${'/FlateDecode '.repeat(1_000)}]`),
    outcome: 'pdf-damaged',
  }),
  'a catalog of two million values': () => ({
    pdf: classicPdf(
      basicObjects({ 1: `<< /Type /Catalog /Pages 2 0 R /X [${'<<>>'.repeat(2e6)}] >>` }),
    ),
    outcome: 'pdf-damaged',
  }),
  'a catalog nested 20,000 deep': () => ({
    pdf: classicPdf(basicObjects({ 1: `<< /Type /Catalog /Pages 2 0 R /X ${'['.repeat(20_000)}` })),
    outcome: 'pdf-damaged',
  }),
  'a page tree nested 5,000 deep': () => ({
    pdf: classicPdf(
      basicObjects({
        2: '<< /Kids [10 0 R] >>',
        ...chain(5_000, (next) => `<< /Kids [${next} 0 R] >>`),
      }),
    ),
    outcome: 'pdf-damaged',
  }),
  'a page tree that doubles sixty times': () => ({
    pdf: classicPdf(
      basicObjects({
        2: '<< /Kids [10 0 R] >>',
        ...chain(60, (next) => `<< /Kids [${next} 0 R ${next} 0 R] >>`),
      }),
    ),
    page: 1_000_000,
    outcome: 'pdf-damaged',
  }),
  'a form that doubles sixty times': () => ({
    pdf: classicPdf(
      basicObjects({
        1: withFields('10 0 R'),
        ...chain(60, (next) => `<< /T (a) /Kids [${next} 0 R ${next} 0 R] >>`),
      }),
    ),
    outcome: 'sealed',
  }),
  'a form of a million fields': () => ({
    pdf: classicPdf(basicObjects({ 1: withFields('9 0 R '.repeat(1e6)) })),
    outcome: 'pdf-damaged',
  }),
  '1,900 sections under 8,000 pages': () => ({
    pdf: scattered(1_900),
    page: 7_000,
    // Repaired: too many look-ups otherwise.
    outcome: 'sealed',
  }),
  '2,100 sections': () => ({ pdf: scattered(2_100), outcome: 'sealed' }),
  'no cross-reference and 30 MB of numbers': () => ({
    pdf: Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(30 * MIB, '1 ')]),
    outcome: 'pdf-damaged',
  }),
  'no cross-reference and two million objects': () => ({
    pdf: Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(30 * MIB, '1 0 obj 1 endobj\n')]),
    outcome: 'pdf-damaged',
  }),
  'no cross-reference and 100 MB': () => ({
    pdf: Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(100 * MIB)]),
    outcome: 'pdf-damaged',
  }),
  'a length of ten gigabytes': () => ({
    pdf: bombObjects('', '/FlateDecode /Length 10737418240'),
    outcome: 'pdf-damaged',
  }),
}

/** Far above what it takes here, far below a hang. */
const SECONDS_MAX = 10_000
const GROWTH_BYTES_MAX = 300 * MIB

test.each(Object.entries(BOMBS))(
  '%s: an answer within bounds',
  async (_, make) => {
    const { pdf, page, outcome } = make()
    const before = process.memoryUsage.rss()
    expect(await outcomeOf(pdf, page)).toBe(outcome)
    expect(process.memoryUsage.rss() - before).toBeLessThan(GROWTH_BYTES_MAX)
  },
  SECONDS_MAX,
)

const LONG = streamBody('0 0 m 9 9 l S\n'.repeat(600))
const FILES: Record<string, Buffer> = {
  classic: classicPdf(basicObjects({ 6: LONG })),
  'object streams': streamPdf(basicObjects({ 6: LONG }), { compressed: [1, 2, 3, 5] }),
  hybrid: hybridPdf(basicObjects({ 6: LONG }), [5]),
  linearised: qpdf(classicPdf(basicObjects({ 3: page(6), 6: LONG })), '--linearize'),
  encrypted: qpdf(
    classicPdf(basicObjects({ 3: page(6), 6: LONG })),
    '--encrypt',
    '',
    'o',
    '256',
    '--',
  ),
  signed: await sealed(classicPdf(basicObjects({ 6: LONG })), signer),
}

function page(content: number): string {
  return `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents ${content} 0 R >>`
}

test.each(Object.entries(FILES))(
  '%s, cut at every KB: refused, or sealed right',
  async (_, pdf) => {
    for (let length = 0; length < pdf.length; length += 1024) {
      const cut = pdf.subarray(0, length)
      const outcome = await outcomeOf(cut)
      expect(['not-a-pdf', 'pdf-damaged', 'pdf-encrypted', 'sealed']).toContain(outcome)
      if (outcome !== 'sealed') continue
      const file = await sealed(cut, signer)
      expect(illness(file)).toBe(0)
      expect(judgeSignatures(file).valid).toBeGreaterThan(0)
    }
  },
)

/** A piece of the file taken out, repeated elsewhere, or replaced by something that means a lot. */
interface Mutation {
  readonly at: number
  readonly removed: number
  readonly inserted: string
}

const WORDS = [
  ...['<<', '>>', '[', ']', '(', ')', '%', 'obj', 'endobj', 'stream', 'endstream', 'xref'],
  ...['trailer', 'startxref', ' 0 R', '99 0 R', '1 0 R', '/Kids', '/Annots', '/Fields', 'null'],
  ...['-1', '99999999999', '/Prev 0 ', '/Type', '0000000000', '\r', '\0', '/Length ', '/W', '5'],
]
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(200)),
  inserted: fc.oneof(fc.constant(''), fc.constantFrom(...WORDS), fc.string({ maxLength: 3 })),
})

function mutate(pdf: Buffer, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce<Buffer>((bytes, { at, removed, inserted }) => {
    const start = Math.floor(at * bytes.length)
    const after = bytes.subarray(start + removed)
    return Buffer.concat([bytes.subarray(0, start), Buffer.from(inserted, 'latin1'), after])
  }, pdf)
}

test.each(Object.entries(FILES))(
  '%s, mutated: refused with a reason, or sealed and read again',
  async (_, pdf) => {
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        const mutant = mutate(pdf, mutations)
        if ((await outcomeOf(mutant)) !== 'sealed') return
        const file = await sealed(mutant, signer)
        expect(file.subarray(0, mutant.length).equals(mutant)).toBe(true)
        expect(await outcomeOf(file)).toBe('sealed')
      }),
      runs(400),
    )
  },
)

test('any octets are refused with a reason', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
      const header = Buffer.from('%PDF-1.7\n')
      expect(await outcomeOf(bytes)).toBe('not-a-pdf')
      expect(await outcomeOf(Buffer.concat([header, bytes]))).toBe('pdf-damaged')
    }),
    runs(300),
  )
})
