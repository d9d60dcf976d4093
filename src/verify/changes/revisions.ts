import { latin1 } from '../../pdf/bytes.ts'
import type { PdfDocument } from '../../pdf/document.ts'
import { isKind, type PdfValue } from '../../pdf/values.ts'
import { ObjectReader, type ShallowObject } from '../objects.ts'
import type { Change } from './change.ts'
import { type Budget, Comparison, type Label } from './comparison.ts'
import { compareForm } from './form.ts'
import { comparePages } from './pages.ts'

export interface Changes {
  readonly changes: readonly Change[]
  /** Whether all could be compared; if not, there may be more. */
  readonly isComplete: boolean
}

/**
 * What is otherwise in a document than in the revision of it that was signed.
 *
 * @param before - The file up to where the signature covers it.
 * @param after - The whole file.
 * @returns At least one change wherever an update follows, though it may change nothing to be seen.
 */
export async function compareRevisions(
  before: PdfDocument,
  after: ObjectReader,
  budget: Budget,
): Promise<Changes> {
  const now = after.document
  if (before.source.length === now.source.length) return { changes: [], isComplete: true }
  if (now.isRepaired) return { changes: [BROKEN], isComplete: true }
  if (!hasUpdate(before, now)) {
    const isBlank = isWhiteSpace(now, before.source.length)
    return { changes: isBlank ? [] : [NO_UPDATE], isComplete: true }
  }
  const comparison = new Comparison(new ObjectReader(before), after, budget)
  let isComplete = true
  try {
    compareTrailers(comparison)
    compareCatalogs(comparison)
    await comparison.followAll()
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw error
    isComplete = false
  }
  const changes = comparison.changes.length > 0 ? comparison.changes : [NOTHING_SEEN]
  return { changes, isComplete: isComplete && !comparison.isBlind }
}

const BROKEN: Change = {
  kind: 'other',
  description: 'Octets follow that break the cross-reference of the document.',
}
const NO_UPDATE: Change = {
  kind: 'other',
  description: 'Octets follow that are no update of the document.',
}
const NOTHING_SEEN: Change = {
  kind: 'metadata',
  description: 'An update follows that changes nothing to be seen.',
}

function hasUpdate(before: PdfDocument, after: PdfDocument): boolean {
  const [old, now] = [before.xref, after.xref]
  return old.startxref !== now.startxref || old.sections.length !== now.sections.length
}

const BLANK_BYTES_MAX = 64 * 1024

function isWhiteSpace({ source }: PdfDocument, from: number): boolean {
  if (source.length - from > BLANK_BYTES_MAX) return false
  return /^[\0\t\n\f\r ]*$/.test(latin1(source.read(from, source.length)))
}

function compareTrailers(comparison: Comparison): void {
  const [before, after] = [comparison.before.document.trailer, comparison.after.document.trailer]
  const owners = { before: trailerObject(before), after: trailerObject(after) }
  comparison.sameKeys({ before, after, owners }, (key) =>
    key === 'Encrypt' ? { kind: 'other', description: 'The encryption was changed.' } : undefined,
  )
  const [old, now] = [before.entries.get('Info'), after.entries.get('Info')]
  const isSame = isKind(old, 'ref') && isKind(now, 'ref') && old.number === now.number
  const isChanged = isSame ? comparison.isChanged(old.number) : (old ?? null) !== (now ?? null)
  if (isChanged)
    comparison.record({ kind: 'metadata', description: 'The properties were changed.' })
}

/** The trailer is no object; its strings are never encrypted. */
function trailerObject(value: PdfValue): ShallowObject {
  const ref = { kind: 'ref', number: 0, generation: 0 } as const
  return { ref, value, isStream: false, isCompressed: true }
}

function compareCatalogs(comparison: Comparison): void {
  const [before, after] = [
    comparison.before.document.catalog.ref,
    comparison.after.document.catalog.ref,
  ]
  const owners = { before: trailerObject(null), after: trailerObject(null) }
  const pair = comparison.dictPair(before, after, owners)
  if (pair === undefined) {
    comparison.record({ kind: 'other', description: 'The catalog was replaced.' })
    return
  }
  comparison.structural.add(after.number)
  comparison.sameKeys(pair, catalogLabel)
  const values = (key: string) =>
    [pair.before.entries.get(key), pair.after.entries.get(key), pair.owners] as const
  compareForm(comparison, ...values('AcroForm'))
  comparePages(comparison, ...values('Pages'))
}

function catalogLabel(key: string): Label | undefined {
  switch (key) {
    case 'AcroForm':
    case 'Pages':
      return undefined
    case 'DSS':
      return { kind: 'dss', description: 'Validation data was added.' }
    // What a DSS needs: the extension, and the version, that it is written in.
    case 'Extensions':
    case 'Version':
      return { kind: 'dss', description: `The catalog’s /${key} was changed.` }
    case 'Metadata':
      return { kind: 'metadata', description: 'The metadata was changed.' }
    case 'StructTreeRoot':
      return { kind: 'other', description: 'The structure tree was changed.', isStructure: true }
    default:
      return { kind: 'other', description: `The catalog’s /${key} was changed.` }
  }
}
