import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { finishSignature, prepareAtOnce, prepareSignature } from '../../src/ades/pades.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { checkWithQpdf, judgeSignatures } from '../support/judges.ts'
import { basicObjects, classicPdf, hybridPdf, qpdf, streamPdf, updated } from '../support/pdfs.ts'
import { SIGNED_AT, sealed } from '../support/sealed.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'

const signer = await makeSoftwareSigner()

/** With strings in the catalog, the form and an annotation: they must stay readable. */
const FORM = classicPdf(
  basicObjects({
    1: '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] /DA (/Helv 0 Tf) >> /Lang (fr) >>',
    3: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Annots [6 0 R << /Type /Annot /Subtype /Text /Rect [0 0 10 10] /Contents (Note) >>] >>',
    6: '<< /FT /Tx /T (Nom) /V (Valeur) /Type /Annot /Subtype /Widget /Rect [10 10 100 30] /P 3 0 R >>',
  }),
)
const COMPRESSED = { compressed: [1, 2, 3, 5] }

const FILES = {
  'classic table': classicPdf(),
  'classic table, CR LF': classicPdf(basicObjects(), { entryEnd: '\r\n' }),
  'classic table, updated': updated(classicPdf(), { 7: '(new)' }, 8),
  'cross-reference stream': streamPdf(),
  'catalog and page in an object stream': streamPdf(basicObjects(), COMPRESSED),
  'streams in clear': streamPdf(basicObjects(), { ...COMPRESSED, isDeflated: false }),
  hybrid: hybridPdf(basicObjects(), [5]),
  'hybrid with a hidden form': hybridPdf(
    basicObjects({
      1: '<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R >>',
      6: '<< /Fields [] >>',
    }),
    [6],
  ),
  linearised: qpdf(classicPdf(), '--linearize'),
  'linearised with object streams': qpdf(FORM, '--linearize', '--object-streams=generate'),
  'junk before the header': classicPdf(basicObjects(), {
    before: 'junk\n',
    countsFromHeader: true,
  }),
  'junk after the end': classicPdf(basicObjects(), { after: '\0\0junk' }),
  'no end of line at the end': classicPdf().subarray(0, -1),
  'form and notes': FORM,
}

test.each(Object.entries(FILES))('%s: sealed, valid and clean', async (_, pdf) => {
  const file = await sealed(pdf, signer, { reason: 'Délibération n° 7 (été)', location: 'Lyon' })

  expect(file.subarray(0, pdf.length).equals(pdf)).toBe(true)
  expect(checkWithQpdf(file).status).toBe(checkWithQpdf(pdf).status)
  expect(judgeSignatures(file)).toMatchObject({ all: 1, valid: 1, coversAll: true })
})

const WEAK = '--allow-weak-crypto'
const ENCRYPTIONS: Record<string, readonly string[]> = {
  'RC4 of 40 bits': [WEAK, '--encrypt', '', 'o', '40', '--'],
  'RC4 of 128 bits': [WEAK, '--encrypt', '', 'o', '128', '--'],
  'RC4 with crypt filters': [WEAK, '--encrypt', '', 'o', '128', '--force-V4', '--'],
  'AES of 128 bits': [WEAK, '--encrypt', '', 'o', '128', '--use-aes=y', '--'],
  'AES of 128 bits, metadata in clear': [
    WEAK,
    '--encrypt',
    '',
    'o',
    '128',
    '--use-aes=y',
    '--cleartext-metadata',
    '--',
  ],
  'AES of 256 bits, revision 5': [WEAK, '--encrypt', '', 'o', '256', '--force-R5', '--'],
  'AES of 256 bits': ['--encrypt', '', 'o', '256', '--'],
  'AES of 256 bits, metadata in clear': ['--encrypt', '', 'o', '256', '--cleartext-metadata', '--'],
  'AES of 256 bits, forms only': ['--encrypt', '', 'o', '256', '--modify=form', '--'],
}
const ENCRYPTED = Object.entries(ENCRYPTIONS).flatMap(([kind, options]) =>
  ['disable', 'generate'].map((streams) => [kind, streams, options] as const),
)

test.each(ENCRYPTED)(
  '%s, object streams %sd: sealed twice, all strings readable',
  async (_, streams, options) => {
    const pdf = qpdf(FORM, `--object-streams=${streams}`, ...options)

    const file = await sealed(await sealed(pdf, signer), signer, { reason: 'Été (2)' })

    expect(checkWithQpdf(file).status).toBe(0)
    expect(judgeSignatures(file)).toMatchObject({ all: 2, valid: 2 })
    const clear = qpdf(file, '--qdf', '--decrypt', '--object-streams=disable').toString('latin1')
    for (const text of [
      '(Signature1)',
      '(Signature2)',
      '(Nom)',
      '(Note)',
      '(/Helv 0 Tf)',
      '(fr)',
    ]) {
      expect(clear).toContain(text)
    }
    expect(clear).toMatch(/\/Reason <feff00c90074/)
  },
)

test.each([
  ['rsa-pkcs1-sha256', 'rsa-2048'],
  ['rsa-pkcs1-sha512', 'rsa-2048'],
  ['rsa-pss-sha256', 'rsa-2048'],
  ['rsa-pss-sha384', 'rsa-2048'],
  ['ecdsa-p256-sha256', 'p-256'],
  ['ecdsa-p384-sha384', 'p-384'],
] as const)('%s with %s is valid', async (algorithm, key) => {
  const other = await makeSoftwareSigner(algorithm, key)
  expect(judgeSignatures(await sealed(classicPdf(), other))).toMatchObject({ all: 1, valid: 1 })
})

test.each([
  ['classic table', classicPdf()],
  ['object streams', streamPdf(basicObjects(), COMPRESSED)],
])('%s: five signatures in a row are all valid', async (_, pdf) => {
  let file = pdf
  for (let i = 0; i < 5; i += 1) file = await sealed(file, signer)

  expect(checkWithQpdf(file).status).toBe(0)
  expect(judgeSignatures(file)).toMatchObject({ all: 5, valid: 5, coversAll: true })
})

test('a signature that is none of the digest never gets into a file', async () => {
  const prepared = await prepareSignature(bytesSource(classicPdf()), signer.encoder, {
    signedAt: SIGNED_AT,
  })
  const faulty = await signer.signDigest(Buffer.alloc(32, 7))

  expect(() => finishSignature(prepared, faulty, signer.publicKey)).toThrow(
    'does not verify with the public key',
  )
})

test.each(Object.entries(FILES))('%s: prepared at once as in turns', async (_, pdf) => {
  const asked = { signedAt: SIGNED_AT, reason: 'Été' }

  const atOnce = prepareAtOnce(bytesSource(pdf), signer.encoder, asked)

  const inTurns = await prepareSignature(bytesSource(pdf), signer.encoder, asked)
  expect(hex(atOnce.plan.appendix)).toBe(hex(inTurns.plan.appendix))
  expect(hex(atOnce.digest)).toBe(hex(inTurns.digest))
})

test('what leads astray only on the way to the page is repaired, at once as in turns', async () => {
  const pdf = classicPdf()
  const page = pdf.indexOf('3 0 obj')
  const entry = (offset: number) => `${String(offset).padStart(10, '0')} 00000 n`
  pdf.write(entry(page + 2), pdf.indexOf(entry(page)), 'latin1')
  const asked = { signedAt: SIGNED_AT }

  const atOnce = prepareAtOnce(bytesSource(pdf), signer.encoder, asked)
  const drawn = await prepareSignature(bytesSource(pdf), signer.encoder, asked, () =>
    Promise.reject(new Error('nothing is to be drawn')),
  )

  expect(atOnce.plan.repaired).toBe(true)
  expect(hex(drawn.digest)).toBe(hex(atOnce.digest))
})

test('a prepared signature can be finished again after a faulty one', async () => {
  const prepared = prepareAtOnce(bytesSource(classicPdf()), signer.encoder, {
    signedAt: SIGNED_AT,
  })
  const faulty = await signer.signDigest(Buffer.alloc(32, 7))
  expect(() => finishSignature(prepared, faulty, signer.publicKey)).toThrow('does not verify')

  const signature = await signer.signDigest(prepared.digest)
  const first = finishSignature(prepared, signature, signer.publicKey)
  const second = finishSignature(prepared, signature, signer.publicKey)

  expect(hex(second.sha256)).toBe(hex(first.sha256))
  expect(hex(second.appendix)).toBe(hex(first.appendix))
})

test('the digests are those of the original and of the sealed file', async () => {
  const pdf = classicPdf()
  const prepared = await prepareSignature(bytesSource(pdf), signer.encoder, { signedAt: SIGNED_AT })
  const signature = await signer.signDigest(prepared.digest)
  const { appendix, sha256 } = finishSignature(prepared, signature, signer.publicKey)

  expect(hex(prepared.originalSha256)).toBe(sha256Of(pdf))
  expect(hex(sha256)).toBe(sha256Of(Buffer.concat([pdf, appendix])))
})

test('the room for /Contents is what the CMS takes, give or take an ECDSA signature', async () => {
  const file = (await sealed(classicPdf(), signer)).toString('latin1')
  const [, contents = ''] = /\/Contents <([0-9a-f]+)>/.exec(file) ?? []
  expect(contents.length).toBe(signer.encoder.maxBytes * 2)
  expect(/0*$/.exec(contents)?.[0].length).toBeLessThan(20)
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
