import type { SignaturePlan } from './byte-range.ts'
import { octets } from './bytes.ts'
import type { IndirectObject, PdfDocument } from './document.ts'
import type { DrawnAppearance } from './drawn.ts'
import { type FormField, findAcroForm, holdDict, isDynamicForm } from './form.ts'
import { type Box, listPages, type PdfPage } from './pages.ts'
import { damaged } from './parser.ts'
import { type DisplayRect, type Placement, placeSignature, UPRIGHT, widgetOf } from './place.ts'
import {
  lockedNames,
  readFields,
  readRestrictions,
  requireAllowed,
  requireSeedValues,
} from './rules.ts'
import { serialise } from './serialise.ts'
import { Update } from './update.ts'
import {
  array,
  asKind,
  dict,
  isKind,
  name,
  type PdfDict,
  type PdfObject,
  type PdfRef,
  type PdfValue,
  ref,
  textString,
} from './values.ts'

/** What a signature is to say and where it is to stand. */
export interface SignatureRequest {
  /** Unix ms; becomes `/M`. */
  readonly signedAt: number
  readonly reason?: string
  readonly location?: string
  readonly contactInfo?: string
  readonly signerName?: string
  /** Full name of an existing empty signature field; without it a new field is made. */
  readonly field?: string
  /** 1-based, -1 the last; for a new field. */
  readonly page?: number
  /** Makes a new field visible. */
  readonly rect?: DisplayRect
  /** Certify with this DocMDP level instead of approving. */
  readonly certify?: 1 | 2 | 3
  /** DER octets to reserve for the CMS. */
  readonly contentsBytes: number
}

/** A request that was found possible: ready to be drawn, if visible, and planned. */
export interface PreparedPlacement {
  readonly document: PdfDocument
  readonly fields: readonly FormField[]
  readonly placement: Placement
}

/**
 * Check that a document may be signed as asked, and find the place.
 *
 * @throws AppError as `openPdf`, `placeSignature` and the rules of earlier signatures say.
 */
export function prepare(document: PdfDocument, request: SignatureRequest): PreparedPlacement {
  const fields = readFields(document)
  const restrictions = readRestrictions(document, fields)
  const placement = placeSignature(document, fields, request)
  requireAllowed(document, restrictions, {
    target: placement.field,
    isVisible: placement.box !== undefined,
    certifies: request.certify !== undefined,
  })
  if (placement.field !== undefined) {
    requireSeedValues(document, placement.field, {
      reason: request.reason,
      certify: request.certify,
    })
  }
  return { document, fields, placement }
}

/**
 * Lay out the incremental update that carries the signature (ISO 32000-2 §7.5.6 and §12.8,
 * ETSI EN 319 142-1 §6.3). Nothing of the original is touched; all that is not the signature's own
 * keeps its octets in the objects that must be written again.
 *
 * @param drawn - What a visible seal shows; an empty appearance otherwise.
 */
export function planSignature(
  { document, fields, placement }: PreparedPlacement,
  request: SignatureRequest,
  drawn?: DrawnAppearance,
): SignaturePlan {
  const update = new Update(document)
  const signature = update.reserve()
  const appearance = addAppearance(update, placement, drawn)
  const fieldName =
    placement.field === undefined
      ? addField(update, { document, fields, placement, signature, appearance })
      : fillField(update, { document, field: placement.field, placement, signature, appearance })
  raiseSignatureFlags(update, document)
  const { gap, body } = signatureDictionary(update, { document, placement, request, signature })
  update.addWritten(signature, body)
  if (request.certify !== undefined) {
    update.edit(document.catalog, { path: ['Perms', 'DocMDP'], action: 'set', value: signature })
  }
  const { appendix, offsets } = update.finish(request.signedAt)
  const header = `${signature.number} ${signature.generation} obj\n`.length
  const start = (offsets.get(signature.number) ?? 0) + header
  return {
    appendix,
    byteRange: writeByteRange(appendix, {
      originalBytes: document.source.length,
      gapStart: start + gap.start,
      gapEnd: start + gap.end,
      rangeStart: start + gap.rangeStart,
    }),
    fieldName,
    repaired: document.isRepaired,
    isDynamicForm: isDynamicForm(document),
  }
}

/** The form XObject of the widget. Even an invisible seal has one: PDF/A asks for it. */
function addAppearance(
  update: Update,
  { page, drawing }: Placement,
  drawn: DrawnAppearance | undefined,
): PdfRef {
  if (drawn === undefined) {
    const at = update.reserve()
    const { width = 0, height = 0 } = drawing ?? {}
    update.add(at, {
      kind: 'stream',
      dict: formDict([0, 0, width, height]),
      data: new Uint8Array(),
    })
    return at
  }
  const numbers = new Map(drawn.objects.map(({ number }) => [number, update.reserve()]))
  const at = (local: number): PdfRef => {
    const found = numbers.get(local)
    if (found === undefined) throw new RangeError(`drawn object ${local} is missing`)
    return found
  }
  const matrix = array(UPRIGHT[page?.rotation ?? 0])
  for (const { number, value } of drawn.objects) {
    const renumbered = renumber(value, at)
    const isForm = number === drawn.form && isKind(renumbered, 'stream')
    update.add(
      at(number),
      isForm ? { ...renumbered, dict: withEntry(renumbered.dict, 'Matrix', matrix) } : renumbered,
    )
  }
  return at(drawn.form)
}

function formDict(bbox: readonly number[]): PdfDict {
  return dict({
    Type: name('XObject'),
    Subtype: name('Form'),
    BBox: array(bbox),
    Resources: dict({}),
  })
}

function withEntry({ entries }: PdfDict, key: string, value: PdfValue): PdfDict {
  return { kind: 'dict', entries: new Map(entries).set(key, value) }
}

function renumber<T extends PdfObject>(value: T, at: (local: number) => PdfRef): T
function renumber(value: PdfObject, at: (local: number) => PdfRef): PdfObject {
  if (isKind(value, 'ref')) return at(value.number)
  if (isKind(value, 'array')) return array(value.items.map((item) => renumber(item, at)))
  if (isKind(value, 'stream')) return { ...value, dict: renumber(value.dict, at) }
  if (!isKind(value, 'dict')) return value
  const entries = [...value.entries].map(([key, item]) => [key, renumber(item, at)] as const)
  return { kind: 'dict', entries: new Map(entries) }
}

/** Print and Locked (ISO 32000-2 §12.5.3): PDF/A demands the first, the second keeps it in place. */
const WIDGET_FLAGS = 4 + 128

interface NewField {
  readonly document: PdfDocument
  readonly fields: readonly FormField[]
  readonly placement: Placement
  readonly signature: PdfRef
  readonly appearance: PdfRef
}

/** A field merged with its widget, entered in the form and on its page. */
function addField(
  update: Update,
  { document, fields, placement, signature, appearance }: NewField,
): string {
  const { page, box } = placement
  if (page?.object === undefined) throw new RangeError('a new field needs a page that is an object')
  const fieldName = freshName(fields)
  const at = update.reserve()
  update.add(
    at,
    dict({
      Type: name('Annot'),
      Subtype: name('Widget'),
      FT: name('Sig'),
      T: textString(fieldName),
      V: signature,
      F: WIDGET_FLAGS,
      P: page.object.ref,
      Rect: rectangle(box),
      AP: dict({ N: appearance }),
      MK: page.rotation === 0 || box === undefined ? undefined : dict({ R: page.rotation }),
    }),
  )
  enterInForm(update, document, at)
  enterOnPage(update, document, page.object, at)
  return fieldName
}

function rectangle(box: Box | undefined): PdfValue {
  return array(box === undefined ? [0, 0, 0, 0] : [box.left, box.bottom, box.right, box.top])
}

/** `Signature1`, `Signature2`, …: the first that no field of any kind bears. */
function freshName(fields: readonly FormField[]): string {
  const taken = new Set(fields.map(({ name: fieldName }) => fieldName.split('.')[0]))
  for (let i = 1; ; i += 1) if (!taken.has(`Signature${i}`)) return `Signature${i}`
}

function enterInForm(update: Update, document: PdfDocument, field: PdfRef): void {
  if (findAcroForm(document) !== undefined) {
    const edit = { path: ['AcroForm', 'Fields'], action: 'append', value: field } as const
    update.edit(document.catalog, edit)
    return
  }
  const at = update.reserve()
  update.add(at, dict({ Fields: array([field]), SigFlags: SIGNATURES_EXIST_AND_APPEND_ONLY }))
  update.edit(document.catalog, { path: ['AcroForm'], action: 'set', value: at })
}

function enterOnPage(
  update: Update,
  document: PdfDocument,
  page: NonNullable<PdfPage['object']>,
  widget: PdfRef,
): void {
  const annotations = asKind(page.value, 'dict')?.entries.get('Annots')
  const list = isKind(annotations, 'ref') ? document.find(annotations) : undefined
  const resolved = document.resolve(annotations)
  if (resolved !== null && !isKind(resolved, 'array'))
    throw damaged('the list of annotations of its page is malformed')
  if (list !== undefined && isKind(list.value, 'array') && isShared(document, page, list)) {
    // Two pages with one list: the seal belongs to one of them only.
    const own = array([...list.value.items, widget])
    update.edit(page, { path: ['Annots'], action: 'set', value: own })
  } else {
    update.edit(page, { path: ['Annots'], action: 'append', value: widget })
  }
}

const PAGES_COMPARED_MAX = 2_000

function isShared(document: PdfDocument, page: IndirectObject, list: IndirectObject): boolean {
  let compared = 0
  for (const { object, dict: other } of listPages(document)) {
    const annotations = other.entries.get('Annots')
    const isSame = isKind(annotations, 'ref') && annotations.number === list.ref.number
    if (isSame && object?.ref.number !== page.ref.number) return true
    compared += 1
    if (compared > PAGES_COMPARED_MAX) return false
  }
  return false
}

interface ExistingField {
  readonly document: PdfDocument
  readonly field: FormField
  readonly placement: Placement
  readonly signature: PdfRef
  readonly appearance: PdfRef
}

function fillField(
  update: Update,
  { document, field, placement, signature, appearance }: ExistingField,
): string {
  if (field.object === undefined) throw new RangeError('an existing field must be an object')
  update.edit(field.object, { path: ['V'], action: 'set', value: signature })
  const widget = widgetOf(document, field)
  const isVisible = placement.box !== undefined
  if (widget.object !== undefined && (isVisible || widget.object === field.object)) {
    update.edit(widget.object, { path: ['AP'], action: 'set', value: dict({ N: appearance }) })
  }
  return field.name
}

const SIGNATURES_EXIST_AND_APPEND_ONLY = 3

/** `/SigFlags` 3 (ISO 32000-2 §12.7.3, Table 225), keeping what other bits a file may have. */
function raiseSignatureFlags(update: Update, document: PdfDocument): void {
  const form = findAcroForm(document)
  if (form === undefined) return
  const old = document.resolve(form.dict.entries.get('SigFlags'))
  const flags = (typeof old === 'number' ? old : 0) | SIGNATURES_EXIST_AND_APPEND_ONLY
  if (flags === old) return
  const edit = { path: ['AcroForm', 'SigFlags'], action: 'set', value: flags } as const
  update.edit(document.catalog, edit)
}

/** Ten digits per offset: enough for any file we take. */
const RANGE_ROOM = 3 * 11 + 3

interface SignatureParts {
  readonly document: PdfDocument
  readonly placement: Placement
  readonly request: SignatureRequest
  readonly signature: PdfRef
}

/** The signature dictionary (ISO 32000-2 §12.8.1, Table 255) with room for `/Contents` and `/ByteRange`. */
function signatureDictionary(
  update: Update,
  { document, placement, request, signature }: SignatureParts,
) {
  const text = (value: string | undefined) => value && textString(value)
  const entries = dict({
    Type: name('Sig'),
    Filter: name('Adobe.PPKLite'),
    SubFilter: name('ETSI.CAdES.detached'),
    M: textString(pdfDate(request.signedAt)),
    Name: text(request.signerName) || undefined,
    Reason: text(request.reason) || undefined,
    Location: text(request.location) || undefined,
    ContactInfo: text(request.contactInfo) || undefined,
    Reference: references(document, placement.field, request.certify),
  })
  const head = serialise(entries, update.encryptionFor(signature)).slice(0, -2)
  const opening = `${head}/Contents `
  const contents = `<${'0'.repeat(request.contentsBytes * 2)}>`
  const range = '\n/ByteRange '
  const body = octets(`${opening}${contents}${range}${' '.repeat(RANGE_ROOM)}\n>>`)
  const end = opening.length + contents.length
  return { body, gap: { start: opening.length, end, rangeStart: end + range.length } }
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

function writeByteRange(
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
