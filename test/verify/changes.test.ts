import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openPdf } from '../../src/pdf/document.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { compareRevisions } from '../../src/verify/changes/revisions.ts'
import { ObjectReader } from '../../src/verify/objects.ts'
import type { ChangeKind } from '../../src/verify/report.ts'
import {
  APPEARANCE,
  AS_TIMESTAMP,
  appendCompressed,
  appendUpdate,
  CATALOG,
  CONTENT,
  makePdf,
  nextNumber,
  type Objects,
  PAGE,
  signPdf,
  stream,
  TEXT_FIELD,
} from '../support/test-pdf.ts'
import { makeTrust, verifyPdf } from '../support/verifier.ts'

const trust = makeTrust()
const { signer } = trust

/** A signed document, and how its catalog, page and form stand in it. */
interface Signed {
  readonly pdf: Uint8Array
  /** Object number of the first object that an update may add. */
  readonly next: number
  /** Text of an object as it stands. */
  textOf(number: number): string
}

function open(pdf: Uint8Array): Signed {
  const text = Buffer.from(pdf).toString('latin1')
  return {
    pdf,
    next: nextNumber(pdf),
    textOf(number) {
      const head = `\n${number} 0 obj\n`
      const at = text.lastIndexOf(head) + head.length
      return text.slice(at, text.indexOf('\nendobj', at))
    },
  }
}

type Update = (signed: Signed) => Uint8Array

/** An update of objects; `next` and the numbers after it are new. */
function update(make: (signed: Signed) => Objects): Update {
  return (signed) => appendUpdate(signed.pdf, make(signed))
}

const withEntry = (dict: string, entry: string) => dict.replace('<<', `<< ${entry} `)
const append = (text: string, key: string, item: string) =>
  text.replace(new RegExp(`(/${key}\\s*\\[[^\\]]*)\\]`), `$1 ${item}]`)

const ANNOTATION = '<< /Type /Annot /Subtype /Square /Rect [10 10 90 90] /C [1 0 0] >>'
const FILLED = (signed: Signed, next: number) => ({
  [TEXT_FIELD]: withEntry(signed.textOf(TEXT_FIELD), '/V (Dupont)').replace('7 0 R', `${next} 0 R`),
  [next]: stream('BT (Dupont) Tj ET', '/Type /XObject /Subtype /Form /BBox [0 0 160 20]'),
})

interface Case {
  /** Objects the document has besides the usual ones. */
  readonly more?: Objects
  readonly update: Update
  readonly kinds: readonly ChangeKind[]
  /** Whether it is allowed after a certification of level 1, 2, 3 and after a plain signature. */
  readonly allowed: readonly [p1: boolean, p2: boolean, p3: boolean, plain: boolean]
}

const NEVER = [false, false, false, false] as const
const ALWAYS = [true, true, true, true] as const
const FORMS = [false, true, true, true] as const
const NOTES = [false, false, true, true] as const

const CASES: Record<string, Case> = {
  'nothing but a new cross-reference': {
    update: update(() => ({})),
    kinds: ['metadata'],
    allowed: FORMS,
  },
  'the page written again as it was': {
    update: update((signed) => ({ [PAGE]: signed.textOf(PAGE) })),
    kinds: ['metadata'],
    allowed: FORMS,
  },
  'an object that nothing refers to': {
    update: update(({ next }) => ({ [next]: '(rien)' })),
    kinds: ['metadata'],
    allowed: FORMS,
  },
  'white space': {
    update: ({ pdf }) => Buffer.concat([pdf, Buffer.from('\r\n  \n')]),
    kinds: [],
    allowed: ALWAYS,
  },
  'octets that are no update': {
    update: ({ pdf }) => Buffer.concat([pdf, Buffer.from('%%EOF et la suite')]),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a cross-reference that leads nowhere': {
    update: ({ pdf }) => Buffer.concat([pdf, Buffer.from('\nstartxref\n7\n%%EOF\n')]),
    kinds: ['other'],
    allowed: NEVER,
  },
  'other properties': {
    update: ({ pdf, next }) =>
      appendUpdate(pdf, { [next]: '<< /Title (Autre) >>' }, { more: `/Info ${next} 0 R` }),
    kinds: ['metadata'],
    allowed: FORMS,
  },
  'other metadata': {
    update: update((signed) => ({
      [CATALOG]: withEntry(signed.textOf(CATALOG), `/Metadata ${signed.next} 0 R`),
      [signed.next]: stream('<x/>', '/Type /Metadata /Subtype /XML'),
    })),
    kinds: ['metadata'],
    allowed: FORMS,
  },
  'a document security store': {
    update: update((signed) => ({
      [CATALOG]: withEntry(
        signed.textOf(CATALOG),
        `/DSS ${signed.next} 0 R /Extensions << /ESIC << /BaseVersion /1.7 /ExtensionLevel 5 >> >>`,
      ),
      [signed.next]: `<< /Type /DSS /Certs [${signed.next + 1} 0 R] >>`,
      [signed.next + 1]: stream('certificat'),
    })),
    kinds: ['dss', 'dss'],
    allowed: ALWAYS,
  },
  'a document timestamp': {
    update: ({ pdf }) => signAnyway(pdf, AS_TIMESTAMP),
    kinds: ['signatures'],
    allowed: ALWAYS,
  },
  'another signature': {
    update: ({ pdf }) => signAnyway(pdf, {}),
    kinds: ['signatures'],
    allowed: FORMS,
  },
  'a new signature field that is seen': {
    update: update((signed) => newField(signed, '/FT /Sig /T (Vu) /Rect [0 0 300 300]')),
    kinds: ['signatures'],
    allowed: NOTES,
  },
  'a new signature field that runs a script': {
    update: update((signed) =>
      newField(signed, '/FT /Sig /T (Agit) /Rect [0 0 0 0] /A << /S /JavaScript /JS (0) >>'),
    ),
    kinds: ['other', 'signatures'],
    allowed: NEVER,
  },
  'a new text field': {
    update: update((signed) => newField(signed, '/FT /Tx /T (Plus) /Rect [0 0 90 90]')),
    kinds: ['other', 'other'],
    allowed: NEVER,
  },
  'a field that was there all along, and in no form': {
    more: { 8: '<< /FT /Sig /T (Dormant) /Rect [0 0 0 0] >>' },
    update: update((signed) => ({
      [CATALOG]: append(signed.textOf(CATALOG), 'Fields', '8 0 R'),
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a text field filled in': {
    update: update((signed) => FILLED(signed, signed.next)),
    kinds: ['form-filling'],
    allowed: FORMS,
  },
  'a text field filled in, its appearance in place': {
    update: update(() => ({
      [APPEARANCE]: stream('(Dupont) Tj', '/Type /XObject /Subtype /Form /BBox [0 0 160 20]'),
    })),
    kinds: ['form-filling'],
    allowed: FORMS,
  },
  'a text field made read-only': {
    update: update((signed) => ({
      [TEXT_FIELD]: withEntry(signed.textOf(TEXT_FIELD), '/Ff 1'),
    })),
    kinds: ['form-filling'],
    allowed: FORMS,
  },
  'a text field made to hide what is typed': {
    update: update((signed) => ({
      [TEXT_FIELD]: withEntry(signed.textOf(TEXT_FIELD), '/Ff 8192'),
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a read-only text field made writable': {
    more: {
      [TEXT_FIELD]: `<< /Type /Annot /Subtype /Widget /FT /Tx /T (Nom) /Ff 1 /P 3 0 R
        /Rect [40 100 200 120] >>`,
    },
    update: update((signed) => ({
      [TEXT_FIELD]: signed.textOf(TEXT_FIELD).replace('/Ff 1', '/Ff 0'),
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a text field moved over the text': {
    update: update((signed) => ({
      [TEXT_FIELD]: signed.textOf(TEXT_FIELD).replace('/Rect [40 100', '/Rect [40 300'),
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a text field taken out of the form': {
    update: update((signed) => ({
      [CATALOG]: signed.textOf(CATALOG).replace('6 0 R', ''),
      [PAGE]: signed.textOf(PAGE).replace(/\[6 0 R/, '['),
    })),
    kinds: ['other', 'other'],
    allowed: NEVER,
  },
  'an annotation added': {
    update: update((signed) => ({
      [PAGE]: append(signed.textOf(PAGE), 'Annots', `${signed.next} 0 R`),
      [signed.next]: ANNOTATION,
    })),
    kinds: ['annotations'],
    allowed: NOTES,
  },
  'an annotation changed': {
    more: { 8: ANNOTATION, [PAGE]: pageWith('[6 0 R 8 0 R]') },
    update: update(() => ({ 8: ANNOTATION.replace('[1 0 0]', '[0 1 0]') })),
    kinds: ['annotations'],
    allowed: NOTES,
  },
  'an annotation changed, and called a part of a new signature field': {
    more: { 8: ANNOTATION, [PAGE]: pageWith('[6 0 R 8 0 R]') },
    update: update((signed) => ({
      ...newField(signed, '/FT /Sig /T (Avec) /Rect [0 0 0 0] /Kids [8 0 R]'),
      8: ANNOTATION.replace('[1 0 0]', '[0 1 0]'),
    })),
    kinds: ['annotations', 'signatures'],
    allowed: NOTES,
  },
  'an annotation removed': {
    more: { 8: ANNOTATION, [PAGE]: pageWith('[6 0 R 8 0 R]') },
    update: update((signed) => ({ [PAGE]: signed.textOf(PAGE).replace('8 0 R', '') })),
    kinds: ['annotations'],
    allowed: NOTES,
  },
  'the appearance of an annotation changed in place': {
    more: {
      8: withEntry(ANNOTATION, '/AP << /N 9 0 R >>'),
      9: stream('0 0 1 rg', '/Subtype /Form /BBox [0 0 9 9]'),
      [PAGE]: pageWith('[6 0 R 8 0 R]'),
    },
    update: update(() => ({ 9: stream('1 0 0 rg', '/Subtype /Form /BBox [0 0 9 9]') })),
    kinds: ['annotations'],
    allowed: NOTES,
  },
  'a list of annotations that is an object of its own': {
    more: { 8: '[6 0 R]', [PAGE]: pageWith('8 0 R') },
    update: update(({ next, textOf }) => ({
      8: textOf(8).replace(']', ` ${next} 0 R]`),
      [next]: ANNOTATION,
    })),
    kinds: ['annotations'],
    allowed: NOTES,
  },
  'another text on the page': {
    update: update(() => ({ [CONTENT]: stream('BT /F1 20 Tf 40 300 Td (Rien) Tj ET') })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'another content for the page': {
    update: update((signed) => ({
      [PAGE]: signed.textOf(PAGE).replace('/Contents 4 0 R', `/Contents ${signed.next} 0 R`),
      [signed.next]: stream('BT /F1 20 Tf 40 300 Td (Rien) Tj ET'),
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'another font under the text': {
    update: update(() => ({ 5: '<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>' })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'the content that was referred to and was not there': {
    more: { [PAGE]: pageWith('[6 0 R]').replace('4 0 R', '[4 0 R 90 0 R]') },
    update: update(() => ({ 90: stream('0 0 400 400 re f') })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a page box': {
    update: update((signed) => ({
      [PAGE]: signed.textOf(PAGE).replace('[0 0 400 400]', '[0 0 400 200]'),
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a page added': {
    update: update((signed) => ({
      2: `<< /Type /Pages /Kids [3 0 R ${signed.next} 0 R] /Count 2 >>`,
      [signed.next]: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>',
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a page taken away, though it is still counted': {
    more: {
      2: '<< /Type /Pages /Kids [3 0 R 8 0 R] /Count 2 >>',
      8: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>',
    },
    update: update((signed) => ({ 2: signed.textOf(2).replace('8 0 R', '') })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a stream that is none any more': {
    update: update((signed) => ({ [CONTENT]: signed.textOf(CONTENT).split('stream')[0] ?? '' })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a page replaced': {
    update: update((signed) => ({
      2: `<< /Type /Pages /Kids [${signed.next} 0 R] /Count 1 >>`,
      [signed.next]: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>',
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'another catalog': {
    update: (signed) =>
      appendUpdate(signed.pdf, { [signed.next]: signed.textOf(CATALOG) }, { root: signed.next }),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a script that runs at opening': {
    update: update((signed) => ({
      [CATALOG]: withEntry(
        signed.textOf(CATALOG),
        '/OpenAction << /S /JavaScript /JS (app.alert\\(0\\)) >>',
      ),
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'a form of XFA': {
    update: update((signed) => ({
      [CATALOG]: signed
        .textOf(CATALOG)
        .replace('/AcroForm', '/AcroForm')
        .replace('/SigFlags', '/XFA (x) /SigFlags'),
    })),
    kinds: ['other'],
    allowed: NEVER,
  },
  'an appearance that is the page’s content too': {
    more: {
      [PAGE]: pageWith('[6 0 R]').replace('/Font', '/XObject << /Fm 7 0 R >> /Font'),
    },
    update: update(() => ({
      [APPEARANCE]: stream('0 0 400 400 re f', '/Type /XObject /Subtype /Form /BBox [0 0 400 400]'),
    })),
    kinds: ['form-filling', 'other'],
    allowed: NEVER,
  },
  'the names of an appearance that are the page’s resources too': {
    more: {
      8: '<< /N 7 0 R >>',
      [TEXT_FIELD]: `<< /Type /Annot /Subtype /Widget /FT /Tx /T (Nom) /P 3 0 R
        /Rect [40 100 200 120] /AP 8 0 R >>`,
      [PAGE]: pageWith('[6 0 R]').replace('/Font', '/XObject 8 0 R /Font'),
    },
    update: update((signed) => ({
      8: `<< /N ${signed.next} 0 R >>`,
      [signed.next]: stream(
        '0 0 400 400 re f',
        '/Type /XObject /Subtype /Form /BBox [0 0 400 400]',
      ),
    })),
    kinds: ['form-filling', 'other'],
    allowed: NEVER,
  },
  'an annotation that is a graphics state too': {
    more: {
      8: withEntry(ANNOTATION, '/ca 1'),
      [PAGE]: pageWith('[6 0 R 8 0 R]').replace('/Font', '/ExtGState << /G 8 0 R >> /Font'),
    },
    update: update(() => ({ 8: withEntry(ANNOTATION, '/ca 0') })),
    kinds: ['annotations', 'other'],
    allowed: NEVER,
  },
  'an annotation that the structure tree points at': {
    more: {
      8: withEntry(ANNOTATION, '/StructParent 0'),
      9: `<< /Type /StructTreeRoot /K [<< /S /Annot /K << /Type /OBJR /Obj 8 0 R /Pg 3 0 R >> >>] >>`,
      [PAGE]: pageWith('[6 0 R 8 0 R]'),
      [CATALOG]: `<< /Type /Catalog /Pages 2 0 R /StructTreeRoot 9 0 R
        /AcroForm << /Fields [6 0 R] >> >>`,
    },
    update: update(() => ({ 8: ANNOTATION.replace('[1 0 0]', '[0 1 0]') })),
    kinds: ['annotations'],
    allowed: NOTES,
  },
  'a link’s target within the structure tree': {
    more: {
      9: '<< /Type /StructTreeRoot /K << /S /P /Alt (cent) >> >>',
      [CATALOG]: `<< /Type /Catalog /Pages 2 0 R /StructTreeRoot 9 0 R
        /AcroForm << /Fields [6 0 R] >> >>`,
    },
    update: update(() => ({ 9: '<< /Type /StructTreeRoot /K << /S /P /Alt (mille) >> >>' })),
    kinds: ['other'],
    allowed: NEVER,
  },
}

function pageWith(annotations: string): string {
  return `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R
    /Resources << /Font << /F1 5 0 R >> >> /Annots ${annotations} >>`
}

function newField(signed: Signed, entries: string): Objects {
  return {
    [CATALOG]: append(signed.textOf(CATALOG), 'Fields', `${signed.next} 0 R`),
    [PAGE]: append(signed.textOf(PAGE), 'Annots', `${signed.next} 0 R`),
    [signed.next]: `<< /Type /Annot /Subtype /Widget /P 3 0 R ${entries} >>`,
  }
}

/** What the product itself refuses after a certification, another program may do. */
function signAnyway(pdf: Uint8Array, replace: Record<string, string>): Uint8Array {
  const signed = open(pdf)
  const value = signed.next + 1
  const subFilter = replace['ETSI.CAdES.detached'] ?? 'ETSI.CAdES.detached'
  return appendUpdate(pdf, {
    ...newField(signed, `/FT /Sig /T (Encore) /F 132 /Rect [0 0 0 0] /V ${value} 0 R`),
    [value]: `<< /Type /Sig /SubFilter /${subFilter} /Contents <00> /ByteRange [0 1 2 3] >>`,
  })
}

function signatureField({ pdf }: Signed): number {
  const text = Buffer.from(pdf).toString('latin1')
  return Number(/(\d+) 0 obj\s*<<[^>]*\/FT ?\/Sig\b/.exec(text)?.[1])
}

const LEVELS = [1, 2, 3, undefined] as const

describe.each(Object.entries(CASES))('%s', (_, { more, update: change, kinds, allowed }) => {
  test.each(LEVELS)('after a signature of level %s', async (certify) => {
    const request = certify === undefined ? {} : { certify }
    const signed = signPdf(makePdf(more), { ...signer, request })
    const { signatures } = await verifyPdf(change(open(signed)), trust)
    const first = signatures.find(({ fieldName }) => fieldName === 'Signature1')
    const isAllowed = allowed[LEVELS.indexOf(certify)]

    expect(first?.changesAfter.map(({ kind }) => kind).sort()).toEqual([...kinds].sort())
    expect(first?.changesAfter.every((change) => change.allowed)).toBe(isAllowed)
    expect(first).toMatchObject({
      kind: certify === undefined ? 'approval' : 'certification',
      docMdp: certify ?? null,
      coverage: 'whole-revision',
      ...(isAllowed
        ? { indication: 'TOTAL_PASSED', subIndication: null }
        : { indication: 'TOTAL_FAILED', subIndication: 'FORMAT_FAILURE' }),
    })
  })
})

test('five signatures in a row all pass, and each knows those after it', async () => {
  let pdf = makePdf()
  for (let i = 0; i < 5; i += 1) pdf = signPdf(pdf, signer)
  const { signatures, revisions } = await verifyPdf(pdf, trust)

  expect(revisions).toBe(6)
  expect(signatures.map(({ indication }) => indication)).toEqual(new Array(5).fill('TOTAL_PASSED'))
  expect(signatures.map(({ changesAfter }) => changesAfter.length)).toEqual([4, 3, 2, 1, 0])
  expect(signatures.map(({ coverage }) => coverage)).toEqual([
    ...new Array(4).fill('whole-revision'),
    'whole-document',
  ])
  expect(signatures[0]?.changesAfter[0]).toEqual({
    kind: 'signatures',
    allowed: true,
    description: 'The signature field Signature2 was added, and signed.',
  })
})

describe('a locked field', () => {
  const locking = (lock: string) =>
    signPdf(
      makePdf({
        8: `<< /Type /Annot /Subtype /Widget /FT /Sig /T (Ici) /P 3 0 R /Rect [0 0 0 0] /Lock ${lock} >>`,
        [CATALOG]: '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R 8 0 R] >> >>',
      }),
      { ...signer, request: { field: 'Ici' } },
    )

  test.each([
    { lock: '<< /Type /SigFieldLock /Action /All >>', allowed: false },
    { lock: '<< /Type /SigFieldLock /Action /Include /Fields [(Nom)] >>', allowed: false },
    { lock: '<< /Type /SigFieldLock /Action /Exclude /Fields [(Nom)] >>', allowed: true },
    { lock: '<< /Type /SigFieldLock /Action /Exclude /Fields [(Nom)] /P 1 >>', allowed: false },
  ])('by $lock is filled in: $allowed', async ({ lock, allowed }) => {
    const signed = open(locking(lock))
    const { signatures } = await verifyPdf(
      appendUpdate(signed.pdf, FILLED(signed, signed.next)),
      trust,
    )

    expect(signatures[0]?.changesAfter).toMatchObject([{ kind: 'form-filling', allowed }])
  })
})

test('an object stream that is replaced changes what stands in it', async () => {
  const font = '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'
  const pdf = appendCompressed(makePdf(), 20, { 5: font })
  const signed = signPdf(pdf, signer)
  const same = appendCompressed(signed, 20, { 5: font })
  const other = appendCompressed(signed, 20, { 5: font.replace('Helvetica', 'Symbol') })

  expect((await verifyPdf(same, trust)).signatures).toMatchObject([{ indication: 'TOTAL_PASSED' }])
  expect((await verifyPdf(other, trust)).signatures).toMatchObject([
    { indication: 'TOTAL_FAILED', changesAfter: [{ kind: 'other' }] },
  ])
})

test('a signature that is taken out of its field is no signature any more', async () => {
  const signed = open(signPdf(makePdf(), signer))
  const field = signatureField(signed)
  const emptied = { [field]: signed.textOf(field).replace(/\/V \d+ 0 R/, '') }

  expect((await verifyPdf(appendUpdate(signed.pdf, emptied), trust)).signatures).toEqual([])
})

test('another signature taken out of its field is a change that is not allowed', async () => {
  const first = signPdf(makePdf(), signer)
  const field = signatureField(open(first))
  const twice = open(signPdf(first, signer))
  const emptied = { [field]: twice.textOf(field).replace(/\/V \d+ 0 R/, '') }
  const { signatures } = await verifyPdf(appendUpdate(twice.pdf, emptied), trust)

  expect(signatures).toMatchObject([
    { fieldName: 'Signature2', changesAfter: [{ kind: 'other', allowed: false }] },
  ])
})

describe('what cannot be compared in full leaves it undecided', () => {
  const signed = open(signPdf(makePdf(), signer))
  const before = openPdf(bytesSource(signed.pdf))

  test('when it is too much', async () => {
    const after = openPdf(bytesSource(signPdf(signed.pdf, signer)))
    const { isComplete } = await compareRevisions(before, new ObjectReader(after), { left: 5 })

    expect(isComplete).toBe(false)
  })

  test('when something of it cannot be read', async () => {
    const broken = signPdf(makePdf({ 5: '<< /Type /Font /Name ) >>' }), signer)
    const { signatures } = await verifyPdf(signPdf(broken, signer), trust)

    expect(signatures).toMatchObject([
      { indication: 'INDETERMINATE', subIndication: 'SIG_CONSTRAINTS_FAILURE' },
      { indication: 'TOTAL_PASSED' },
    ])
  })
})

test('an empty signature field that is signed later is the signing of a field', async () => {
  const pdf = makePdf({
    8: '<< /Type /Annot /Subtype /Widget /FT /Sig /T (Ici) /P 3 0 R /Rect [40 40 90 90] >>',
    [CATALOG]: '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R 8 0 R] >> >>',
    [PAGE]: pageWith('[6 0 R 8 0 R]'),
  })
  const certified = signPdf(pdf, { ...signer, request: { certify: 2 } })
  const { signatures } = await verifyPdf(
    signPdf(certified, { ...signer, request: { field: 'Ici' } }),
    trust,
  )

  expect(signatures.map(({ indication }) => indication)).toEqual(['TOTAL_PASSED', 'TOTAL_PASSED'])
  expect(signatures.find(({ kind }) => kind === 'certification')?.changesAfter).toMatchObject([
    { kind: 'signatures', description: 'The field Ici was signed.' },
  ])
})

test('whatever update follows, something is said to have changed', async () => {
  const signed = signPdf(makePdf(), signer)
  const body = fc.oneof(
    fc.constantFrom('null', '(x)', '<< >>', '[]', ANNOTATION, stream('x')),
    fc.constantFrom(CATALOG, PAGE, CONTENT, TEXT_FIELD).map((n) => open(signed).textOf(n)),
    fc.string({ unit: 'binary-ascii', maxLength: 30 }),
  )
  const objects = fc.dictionary(fc.integer({ min: 1, max: 20 }).map(String), body, { maxKeys: 4 })
  await fc.assert(
    fc.asyncProperty(objects, async (changed) => {
      const updated = appendUpdate(signed, changed)
      const report = await verifyPdf(updated, trust).catch((error) => {
        expect(error).toMatchObject({ code: 'pdf-damaged' })
        return undefined
      })
      for (const { indication, changesAfter } of report?.signatures ?? []) {
        const isSaid = changesAfter.length > 0 || indication !== 'TOTAL_PASSED'
        expect(isSaid).toBe(true)
      }
    }),
    { numRuns: 200 },
  )
})
