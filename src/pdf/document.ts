import { AppError } from '../errors.ts'
import { asBuffer, latin1 } from './bytes.ts'
import type { Decryption } from './crypt.ts'
import { damaged } from './cursor.ts'
import { type IndirectObject, Reader } from './reader.ts'
import { rebuildXref } from './repair.ts'
import type { XrefEntry } from './section.ts'
import type { PdfSource } from './source.ts'
import {
  isKind,
  type PdfDict,
  type PdfObject,
  type PdfRef,
  type PdfStream,
  type PdfString,
  type PdfValue,
} from './values.ts'
import { mergedTrailer, readXref, type Xref } from './xref.ts'

/** A PDF read lazily: an object is parsed when it is asked for, and once. */
export interface PdfDocument {
  readonly source: PdfSource
  readonly xref: Xref
  readonly trailer: PdfDict
  /** Whether the cross-reference was rebuilt by scanning. */
  readonly isRepaired: boolean
  /** Every entry of a rebuilt cross-reference: an update must then carry all of it. */
  readonly rebuilt: ReadonlyMap<number, XrefEntry> | undefined
  readonly decryption: Decryption | undefined
  readonly catalog: IndirectObject
  /** Follow references to a value; what is missing is null (ISO 32000-2 §7.3.10). */
  resolve(value: PdfValue | undefined): PdfObject
  /** The object a reference leads to, or undefined when nothing is there. */
  find(ref: PdfRef): IndirectObject | undefined
  /** Where an object stands, or undefined when the file does not define it. */
  findEntry(number: number): XrefEntry | undefined
  /** Whether a reference led to this number in vain: a new object there would give it a meaning. */
  isMissed(number: number): boolean
  /** A stream's data with encryption and filters undone. */
  decode(stream: PdfStream, ref: PdfRef): Uint8Array
  /** The octets of a string of an object, decrypted. */
  stringOf(value: PdfString, owner: IndirectObject): PdfString
}

const HEADER_BYTES = 1024

/**
 * Open a PDF: find its cross-reference (or rebuild it), its trailer, its catalog, and open its
 * encryption with the empty password. Nothing else is read.
 *
 * @throws AppError `not-a-pdf`, `pdf-damaged`, `pdf-encrypted`.
 */
export function openPdf(source: PdfSource): PdfDocument {
  const xref = readXref(source, findHeader(source))
  if (xref === undefined) return repairPdf(source)
  try {
    return makeDocument(source, xref)
  } catch (error) {
    if (!isDamage(error)) throw error
    return repairPdf(source)
  }
}

/**
 * Read a document, and read it again repaired where its cross-reference turns out to lead astray
 * only then.
 *
 * @throws AppError as `openPdf`, and what `read` throws.
 */
export function readPdf<T>(source: PdfSource, read: (document: PdfDocument) => T): T {
  const document = openPdf(source)
  try {
    return read(document)
  } catch (error) {
    return read(repairAfter(error, document))
  }
}

/** `readPdf` for a reader that waits for something, such as a drawing. */
export async function readPdfSlowly<T>(
  source: PdfSource,
  read: (document: PdfDocument) => Promise<T>,
): Promise<T> {
  const document = openPdf(source)
  try {
    return await read(document)
  } catch (error) {
    return await read(repairAfter(error, document))
  }
}

/** The document repaired, or the error where that is no help. */
function repairAfter(error: unknown, { isRepaired, source }: PdfDocument): PdfDocument {
  if (isRepaired || !isDamage(error)) throw error
  return repairPdf(source)
}

function isDamage(error: unknown): boolean {
  return error instanceof AppError && error.code === 'pdf-damaged'
}

function repairPdf(source: PdfSource): PdfDocument {
  const headerOffset = findHeader(source)
  const xref = rebuildXref(source, headerOffset, readXref(source, headerOffset))
  return makeDocument(source, xref, xref.entries)
}

function findHeader(source: PdfSource): number {
  const at = asBuffer(source.read(0, HEADER_BYTES)).indexOf('%PDF-')
  if (at !== -1) return at
  const tail = latin1(source.read(source.length - HEADER_BYTES, source.length))
  if (/startxref|%%EOF/.test(tail)) throw damaged('`%PDF-` is missing at its beginning')
  throw new AppError('not-a-pdf', 'The file is not a PDF: it does not begin with `%PDF-`.')
}

/** @param rebuilt - Every entry, when the cross-reference is not the file's own. */
function makeDocument(
  source: PdfSource,
  xref: Xref,
  rebuilt?: ReadonlyMap<number, XrefEntry>,
): PdfDocument {
  const trailer = mergedTrailer(xref.sections)
  const reader = new Reader(source, xref, trailer)
  reader.openEncryption()
  const root = trailer.entries.get('Root')
  const catalog = isKind(root, 'ref') ? reader.find(root) : undefined
  if (catalog === undefined || !isKind(catalog.value, 'dict')) throw damaged('it has no catalog')
  if (!catalog.value.entries.has('Pages')) throw damaged('its catalog has no page tree')
  return {
    source,
    xref,
    trailer,
    rebuilt,
    isRepaired: rebuilt !== undefined,
    decryption: reader.decryption,
    catalog,
    resolve: (value) => reader.resolve(value),
    find: (ref) => reader.find(ref),
    findEntry: (number) => reader.findEntry(number),
    isMissed: (number) => reader.isMissed(number),
    decode: (stream, ref) => reader.decode(stream, ref),
    stringOf: (value, owner) => reader.stringOf(value, owner),
  }
}
