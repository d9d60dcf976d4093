import { addAppearance } from './appearance.ts'
import type { SignaturePlan } from './byte-range.ts'
import { damaged } from './cursor.ts'
import type { PdfDocument } from './document.ts'
import type { DrawnAppearance } from './drawn.ts'
import { type FormField, findAcroForm, isDynamicForm } from './form.ts'
import { type Box, listPages, type PdfPage } from './pages.ts'
import { type Placement, placeSignature, widgetOf } from './place.ts'
import type { IndirectObject } from './reader.ts'
import type { SignatureRequest } from './request.ts'
import { readFields, readRestrictions, requireAllowed, requireSeedValues } from './rules.ts'
import { serialise, serialiseText } from './serialise.ts'
import { signatureDictionary, writeByteRange } from './signature-dictionary.ts'
import { Update } from './update.ts'
import { array, asKind, dict, isKind, type PdfRef, type PdfValue } from './values.ts'

/** A request that was found possible: ready to be drawn, if visible, and planned. */
export interface PreparedPlacement {
  readonly document: PdfDocument
  readonly request: SignatureRequest
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
  return { document, request, fields, placement }
}

/**
 * Lay out the incremental update that carries the signature (ISO 32000-2 §7.5.6 and §12.8,
 * ETSI EN 319 142-1 §6.3). Nothing of the original is touched; all that is not the signature's own
 * keeps its octets in the objects that must be written again.
 *
 * @param contentsBytes - DER octets to reserve for the CMS.
 * @param drawn - What a visible seal shows; an empty appearance otherwise.
 */
export function planSignature(
  { document, request, fields, placement }: PreparedPlacement,
  contentsBytes: number,
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
  const { gap, pieces } = signatureDictionary(
    update,
    { document, placement, request, signature },
    contentsBytes,
  )
  update.addPieces(signature, pieces)
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
  const turn = page.rotation === 0 || box === undefined ? '' : `/MK <</R ${page.rotation}\n>>\n`
  const entries = [
    '/Type /Annot\n/Subtype /Widget\n/FT /Sig\n',
    `/T ${serialiseText(fieldName, update.encryptionFor(at))}\n`,
    `/V ${serialise(signature)}\n/F ${WIDGET_FLAGS}\n/P ${serialise(page.object.ref)}\n`,
    `/Rect ${serialise(rectangle(box))}\n/AP <</N ${serialise(appearance)}\n>>\n${turn}`,
  ]
  update.addPieces(at, [`<<${entries.join('')}>>`])
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
