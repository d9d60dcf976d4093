import { AppError } from '../../../errors.ts'
import { type PdfDocument, readPdf } from '../../../pdf/document.ts'
import { bytesSource } from '../../../pdf/source.ts'
import {
  isKind,
  type PdfDict,
  type PdfObject,
  type PdfRef,
  type PdfValue,
} from '../../../pdf/values.ts'
import { requireHarmless } from './pdf-hazards.ts'
import { type NumberedObject, writeDocument } from './pdf-writer.ts'
import { damagedFile, refused } from './refusal.ts'

/** A scan has a handful; a page with much text some hundreds. */
const OBJECTS_MAX = 20_000
/** What the catalog needs for its pages to be shown as they are meant. */
const CATALOG_KEYS: ReadonlySet<string> = new Set(['Type', 'Pages', 'OCProperties', 'Version'])
/** What tells of how, when and by whom something was made, or what it means. */
const TRACES = [
  'Metadata',
  'PieceInfo',
  'LastModified',
  'Thumb',
  'StructParent',
  'StructParents',
  'AF',
]
const OF_ANYTHING: ReadonlySet<string> = new Set([...TRACES, 'AA'])
/** Where an annotation leads, its texts and its author, and the value of a signature field. */
const OF_ANNOTATION: ReadonlySet<string> = new Set([
  ...OF_ANYTHING,
  ...['A', 'PA', 'Dest', 'Popup', 'IRT', 'Contents', 'T', 'TU', 'TM', 'M', 'NM', 'RC', 'Subj'],
  ...['CreationDate', 'V', 'DV', 'Parent', 'P'],
])
const NOTHING: ReadonlySet<string> = new Set()

/**
 * The pages and what they need, written anew: no information of the document, no metadata, no earlier
 * revision, no object that nothing leads to, nothing before or behind.
 *
 * @throws AppError `invalid-request` when it cannot be read, is encrypted, or does something.
 */
export function cleanPdf(bytes: Uint8Array): Uint8Array {
  try {
    return readPdf(bytesSource(bytes), (document) => {
      if (document.decryption !== undefined) throw encrypted()
      requireAllHarmless(document)
      return writeDocument(collect(document))
    })
  } catch (error) {
    throw worded(error)
  }
}

function worded(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  if (error.code === 'pdf-encrypted') return encrypted(error)
  if (error.code === 'pdf-damaged' || error.code === 'not-a-pdf') {
    return damagedFile('the PDF cannot be read', error)
  }
  return error
}

function encrypted(cause?: unknown): AppError {
  return refused(
    'pdf-encrypted',
    'This PDF is encrypted. Print it to a new PDF without a password.',
    cause,
  )
}

/** Everything that a reader might come to, whether it is kept or not. */
function requireAllHarmless(document: PdfDocument): void {
  const { catalog, trailer } = document
  walk(document, [catalog.ref, ...refsOf(trailer)], (object) => {
    requireHarmless(object)
    return object
  })
}

/** What the pages need, in the order in which it is met, so that the same pages give the same file. */
function collect(document: PdfDocument): NumberedObject[] {
  const { ref } = document.catalog
  return walk(document, [ref], (object, number) =>
    number === ref.number ? catalogOf(object) : withoutTraces(object),
  )
}

/** @param take - What is kept of an object; only what that leads to is met too. */
function walk(
  document: PdfDocument,
  from: readonly PdfRef[],
  take: (object: PdfObject, number: number) => PdfObject,
): NumberedObject[] {
  const met = new Map<number, PdfObject>()
  const todo = [...from].reverse()
  for (let ref = todo.pop(); ref !== undefined; ref = todo.pop()) {
    if (met.has(ref.number)) continue
    const found = document.find(ref)
    // A reference to nothing is null (ISO 32000-2 §7.3.10).
    const object = found === undefined ? null : take(found.value, ref.number)
    met.set(ref.number, object)
    if (met.size > OBJECTS_MAX)
      throw refused('pdf-too-large', 'This PDF is too large. Send the one page that counts.')
    for (const next of refsOf(object).reverse()) todo.push(next)
  }
  return [...met].map(([number, object]) => ({ number, object }))
}

function catalogOf(object: PdfObject): PdfObject {
  if (!isKind(object, 'dict')) return null
  const entries = [...object.entries].filter(([key]) => CATALOG_KEYS.has(key))
  return withoutTraces({ kind: 'dict', entries: new Map(entries) })
}

function withoutTraces(object: PdfObject): PdfObject {
  if (!isKind(object, 'stream')) return cleanValue(object)
  const { entries } = cleanDict(object.dict)
  // Here, and not a reference to an object that holds it.
  const withLength = new Map([...entries, ['Length', object.data.length] as const])
  return { kind: 'stream', dict: { kind: 'dict', entries: withLength }, data: object.data }
}

function cleanValue(value: PdfValue): PdfValue {
  if (isKind(value, 'array')) return { kind: 'array', items: value.items.map(cleanValue) }
  return isKind(value, 'dict') ? cleanDict(value) : value
}

function cleanDict({ entries }: PdfDict): PdfDict {
  const dropped = droppedOf(entries)
  const kept = [...entries].filter(([key]) => !dropped.has(key))
  return { kind: 'dict', entries: new Map(kept.map(([key, value]) => [key, cleanValue(value)])) }
}

/** The keys of resources are names that somebody chose: none of them may be missed. */
function droppedOf(entries: PdfDict['entries']): ReadonlySet<string> {
  if (entries.has('Rect') && entries.has('Subtype')) return OF_ANNOTATION
  return entries.has('Type') || entries.has('Subtype') ? OF_ANYTHING : NOTHING
}

function refsOf(object: PdfObject): PdfRef[] {
  if (isKind(object, 'ref')) return [object]
  if (isKind(object, 'array')) return object.items.flatMap(refsOf)
  if (isKind(object, 'stream')) return refsOf(object.dict)
  return isKind(object, 'dict') ? [...object.entries.values()].flatMap(refsOf) : []
}
