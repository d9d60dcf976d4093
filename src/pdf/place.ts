import { AppError } from '../errors.ts'
import { latin1 } from './bytes.ts'
import type { PdfDocument } from './document.ts'
import { type FormField, signatureOf } from './form.ts'
import {
  type Box,
  boxOf,
  getPage,
  listPages,
  type PdfPage,
  type Rotation,
  toPage,
} from './pages.ts'
import { asKind, isKind, type PdfDict, type PdfValue } from './values.ts'

/** A rectangle in points from the bottom left corner of the page as it is displayed. */
export interface DisplayRect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Where a seal goes, and what its drawing must know. */
export interface Placement {
  /** The existing field to fill, or undefined when a new one is made. */
  readonly field: FormField | undefined
  /** Undefined for an existing field whose widget stands on no page. */
  readonly page: PdfPage | undefined
  /** The widget's rectangle in user space; undefined for an invisible seal. */
  readonly box: Box | undefined
  /** The size to draw in, as displayed: width and height are swapped on a page turned by 90°. */
  readonly drawing: { readonly width: number; readonly height: number } | undefined
}

/**
 * Find the field or the place on a page.
 *
 * @throws AppError `field-not-found`, `field-already-signed`, `page-out-of-range`, `invalid-request`
 *   when the rectangle does not lie on the page.
 */
export function placeSignature(
  document: PdfDocument,
  fields: readonly FormField[],
  wanted: { field?: string; page?: number; rect?: DisplayRect },
): Placement {
  if (wanted.field !== undefined)
    return placeInField(document, getEmptyField(document, fields, wanted.field))
  const page = getPage(document, wanted.page)
  if (wanted.rect === undefined)
    return { field: undefined, page, box: undefined, drawing: undefined }
  requireOnPage(page, wanted.rect)
  return {
    field: undefined,
    page,
    box: toUserSpace(page, wanted.rect),
    drawing: { width: wanted.rect.width, height: wanted.rect.height },
  }
}

function getEmptyField(
  document: PdfDocument,
  fields: readonly FormField[],
  fieldName: string,
): FormField {
  const field = fields.find(({ name }) => name === fieldName)
  if (field === undefined || field.type !== 'Sig' || field.object === undefined) {
    const empty = fields.filter((f) => f.type === 'Sig' && signatureOf(document, f) === undefined)
    const names = empty.slice(0, 20).map(({ name }) => name)
    const hint = names.length > 0 ? ` Empty ones: ${names.join(', ')}.` : ' It has no empty one.'
    throw new AppError(
      'field-not-found',
      `The document has no signature field of this name.${hint}`,
      {
        hints: { field: 'field' },
      },
    )
  }
  if (signatureOf(document, field) !== undefined) {
    throw new AppError(
      'field-already-signed',
      `The field ${fieldName} already holds a signature.`,
      {
        hints: { field: 'field' },
      },
    )
  }
  return field
}

function placeInField(document: PdfDocument, field: FormField): Placement {
  const { dict } = widgetOf(document, field)
  const box = boxOf(document, dict.entries.get('Rect'))
  const isVisible = box !== undefined && box.right > box.left && box.top > box.bottom
  if (!isVisible) return { field, page: undefined, box: undefined, drawing: undefined }
  const page = findPage(document, dict)
  const isTurned = page?.rotation === 90 || page?.rotation === 270
  const [across, up] = [box.right - box.left, box.top - box.bottom]
  return {
    field,
    page,
    box,
    drawing: isTurned ? { width: up, height: across } : { width: across, height: up },
  }
}

/** A field's widget: itself when merged, else its first kid (ISO 32000-2 §12.5.6.19). */
export function widgetOf(document: PdfDocument, field: FormField) {
  const kids = asKind(document.resolve(field.dict.entries.get('Kids')), 'array')?.items
  const kid = kids?.[0]
  const object = isKind(kid, 'ref') ? document.find(kid) : undefined
  const dict = asKind(object?.value ?? kid, 'dict')
  return dict === undefined ? { dict: field.dict, object: field.object } : { dict, object }
}

function findPage(document: PdfDocument, widget: PdfDict): PdfPage | undefined {
  const wanted = widget.entries.get('P')
  if (!isKind(wanted, 'ref')) return undefined
  for (const page of listPages(document)) {
    if (page.object?.ref.number === wanted.number) return toPage(document, page)
  }
  return undefined
}

function displayedSize({ box, rotation, userUnit }: PdfPage): { width: number; height: number } {
  const across = (box.right - box.left) * userUnit
  const up = (box.top - box.bottom) * userUnit
  return rotation === 90 || rotation === 270
    ? { width: up, height: across }
    : { width: across, height: up }
}

function requireOnPage(page: PdfPage, rect: DisplayRect): void {
  const { width, height } = displayedSize(page)
  // Half a point of grace for sizes that were rounded on the way.
  const isInside =
    rect.x >= -0.5 &&
    rect.y >= -0.5 &&
    rect.x + rect.width <= width + 0.5 &&
    rect.y + rect.height <= height + 0.5
  if (isInside) return
  throw new AppError(
    'invalid-request',
    `The rectangle does not lie on page ${page.number}, which is ${round(width)} × ${round(height)} points as displayed.`,
    { hints: { field: 'rect', pageWidth: round(width), pageHeight: round(height) } },
  )
}

function round(points: number): number {
  return Math.round(points * 10) / 10
}

/** From the page as displayed (turned clockwise by `/Rotate`, cropped) back to user space. */
export function toUserSpace({ box, rotation, userUnit }: PdfPage, rect: DisplayRect): Box {
  const [x0, y0] = [rect.x / userUnit, rect.y / userUnit]
  const [x1, y1] = [(rect.x + rect.width) / userUnit, (rect.y + rect.height) / userUnit]
  switch (rotation) {
    case 0:
      return {
        left: box.left + x0,
        bottom: box.bottom + y0,
        right: box.left + x1,
        top: box.bottom + y1,
      }
    case 90:
      return {
        left: box.right - y1,
        bottom: box.bottom + x0,
        right: box.right - y0,
        top: box.bottom + x1,
      }
    case 180:
      return {
        left: box.right - x1,
        bottom: box.top - y1,
        right: box.right - x0,
        top: box.top - y0,
      }
    case 270:
      return { left: box.left + y0, bottom: box.top - x1, right: box.left + y1, top: box.top - x0 }
  }
}

/** Turns an upright drawing against the page's rotation, so that it is upright when displayed. */
export const UPRIGHT: Readonly<Record<Rotation, readonly number[]>> = {
  0: [1, 0, 0, 1, 0, 0],
  90: [0, 1, -1, 0, 0, 0],
  180: [-1, 0, 0, -1, 0, 0],
  270: [0, -1, 1, 0, 0, 0],
}

/** The part of PDF/A the document claims in its metadata (ISO 19005-1 §6.7.11), or undefined. */
export function claimedPdfaPart(document: PdfDocument): number | undefined {
  const value = asKind(document.catalog.value, 'dict')?.entries.get('Metadata')
  const part = /pdfaid:part\s*(?:=\s*["']|>)\s*([1-4])/.exec(metadataOf(document, value) ?? '')?.[1]
  return part === undefined ? undefined : Number(part)
}

/** Broken metadata claims nothing and hinders nothing. */
function metadataOf(document: PdfDocument, value: PdfValue | undefined): string | undefined {
  try {
    const object = isKind(value, 'ref') ? document.find(value) : undefined
    if (!isKind(object?.value, 'stream')) return undefined
    return latin1(document.decode(object.value, object.ref))
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}
