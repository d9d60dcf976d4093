import { octets } from './bytes.ts'
import type { PdfDocument } from './document.ts'
import { type FormField, holdDict } from './form.ts'
import { zeros } from './pieces.ts'
import type { Placement } from './place.ts'
import type { SignatureRequest } from './request.ts'
import { lockedNames } from './rules.ts'
import { serialise, serialiseText } from './serialise.ts'
import type { Update } from './update.ts'
import { array, asKind, dict, name, type PdfRef, type PdfValue, ref, textString } from './values.ts'

/** Ten digits per offset: enough for any file we take. */
const RANGE_ROOM = 3 * 11 + 3

interface SignatureParts {
  readonly document: PdfDocument
  readonly placement: Placement
  readonly request: SignatureRequest
  readonly signature: PdfRef
}

/** The signature dictionary (ISO 32000-2 §12.8.1, Table 255) with room for `/Contents` and `/ByteRange`. */
export function signatureDictionary(
  update: Update,
  { document, placement, request, signature }: SignatureParts,
  contentsBytes: number,
) {
  const encrypt = update.encryptionFor(signature)
  const entry = (key: string, text: string | undefined) =>
    text ? `/${key} ${serialiseText(text, encrypt)}\n` : ''
  const transforms = references(document, placement.field, request.certify)
  const opening = [
    '<</Type /Sig\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.CAdES.detached\n',
    entry('M', pdfDate(request.signedAt)),
    entry('Name', request.signerName),
    entry('Reason', request.reason),
    entry('Location', request.location),
    entry('ContactInfo', request.contactInfo),
    transforms === undefined ? '' : `/Reference ${serialise(transforms, encrypt)}\n`,
    '/Contents ',
  ].join('')
  const digits = zeros(contentsBytes * 2)
  const before = '>\n/ByteRange '
  const closing = `${before}${' '.repeat(RANGE_ROOM)}\n>>`
  const start = opening.length
  const end = start + digits.length + 2
  return {
    pieces: [`${opening}<`, digits, closing],
    gap: { start, end, rangeStart: end - 1 + before.length },
  }
}

/** DocMDP when certifying, FieldMDP when the field's author asked for a lock (ISO 32000-2 §12.8.2). */
function references(
  document: PdfDocument,
  field: FormField | undefined,
  certify: 1 | 2 | 3 | undefined,
): PdfValue | undefined {
  const items: PdfValue[] = []
  if (certify !== undefined) {
    items.push(reference('DocMDP', { P: certify, V: name('1.2') }))
  }
  const lock = field && holdDict(document, field.dict.entries.get('Lock'), field.holder)
  if (lock !== undefined) {
    const { entries } = lock.dict
    const names = lockedNames(document, lock)
    const action = asKind(document.resolve(entries.get('Action')), 'name') ?? name('All')
    const level = document.resolve(entries.get('P'))
    items.push(
      reference(
        'FieldMDP',
        {
          Action: action,
          Fields: action.name === 'All' ? undefined : array(names.map(textString)),
          P: typeof level === 'number' ? level : undefined,
          V: name('1.2'),
        },
        ref(document.catalog.ref.number, document.catalog.ref.generation),
      ),
    )
  }
  return items.length > 0 ? array(items) : undefined
}

function reference(
  method: string,
  params: Record<string, PdfValue | undefined>,
  data?: PdfRef,
): PdfValue {
  return dict({
    Type: name('SigRef'),
    TransformMethod: name(method),
    TransformParams: dict({ Type: name('TransformParams'), ...params }),
    Data: data,
  })
}

/** `D:YYYYMMDDHHmmSS+00'00'` (ISO 32000-2 §7.9.4), in UTC. */
function pdfDate(ms: number): string {
  return `D:${new Date(ms).toISOString().replace(/[-:T]|\..*/g, '')}+00'00'`
}

interface GapOffsets {
  readonly originalBytes: number
  readonly gapStart: number
  readonly gapEnd: number
  readonly rangeStart: number
}

export function writeByteRange(
  appendix: Uint8Array,
  { originalBytes, gapStart, gapEnd, rangeStart }: GapOffsets,
): readonly [number, number, number, number] {
  const range = [
    0,
    originalBytes + gapStart,
    originalBytes + gapEnd,
    appendix.length - gapEnd,
  ] as const
  appendix.set(octets(`[${range.join(' ')}]`), rangeStart)
  return range
}
