import { latin1 } from '../pdf/bytes.ts'
import { openPdf, type PdfDocument } from '../pdf/document.ts'
import { truncatedSource } from '../pdf/source.ts'
import { isKind } from '../pdf/values.ts'
import { type Finding, failed } from './finding.ts'
import { isSameEntry, type LocatedSignature, locateIn } from './locate.ts'

/** What a signature covers, checked: its ByteRange spares its own `/Contents` and nothing else. */
export interface Coverage {
  readonly kind: 'whole-document' | 'whole-revision' | 'partial'
  /** Offset, length, offset, length; undefined when it cannot be read. */
  readonly byteRange: readonly [number, number, number, number] | undefined
  /** The document as it was signed; undefined where that is no document. */
  readonly signedRevision: PdfDocument | undefined
  readonly findings: readonly Finding[]
}

/** Check one signature's ByteRange (ISO 32000-2 §12.8.1) against the place of its dictionary. */
export function checkCoverage(document: PdfDocument, signature: LocatedSignature): Coverage {
  const byteRange = byteRangeOf(signature)
  if (byteRange === undefined) {
    return partial(undefined, 'Its ByteRange is not four whole numbers written in the signature.')
  }
  const fault = rangeFault(document, signature, byteRange)
  if (fault !== undefined) return partial(byteRange, fault)
  const end = byteRange[2] + byteRange[3]
  if (end === document.source.length) {
    return { kind: 'whole-document', byteRange, signedRevision: document, findings: [] }
  }
  const signedRevision = openRevision(document, end)
  if (signedRevision === undefined) {
    return partial(byteRange, 'What it covers does not end where a revision of the document ends.')
  }
  if (!stoodThere(document, signedRevision, signature)) {
    return partial(byteRange, 'It was put into its field after the revision that it covers.')
  }
  return { kind: 'whole-revision', byteRange, signedRevision, findings: [] }
}

function partial(byteRange: Coverage['byteRange'], reason: string): Coverage {
  const findings = [failed('FORMAT_FAILURE', reason)]
  return { kind: 'partial', byteRange, signedRevision: undefined, findings }
}

/** Only numbers written in the dictionary itself: what it refers to could be replaced later. */
function byteRangeOf({ dict }: LocatedSignature): Coverage['byteRange'] {
  const value = dict.entries.get('ByteRange')
  const items = isKind(value, 'array') ? value.items : []
  const numbers = items.filter((item) => Number.isSafeInteger(item)).map(Number)
  const [a, b, c, d] = numbers
  if (items.length !== 4 || a === undefined || b === undefined) return undefined
  return c === undefined || d === undefined ? undefined : [a, b, c, d]
}

/** What is left out is seen by no digest, so it may be nothing but digits (ISO 32000-2 §12.8.1). */
const HEXADECIMAL = /^<[0-9a-fA-F\0\t\n\f\r ]*>$/
const GAP_BYTES_MAX = 4 * 1024 * 1024

function rangeFault(
  { source }: PdfDocument,
  { dict, place }: LocatedSignature,
  [start, before, gapEnd, after]: readonly [number, number, number, number],
): string | undefined {
  const contents = place?.values.get('Contents')
  if (
    place === undefined ||
    contents === undefined ||
    !isKind(dict.entries.get('Contents'), 'string')
  ) {
    return 'Its /Contents is not written in the signature itself.'
  }
  if (start !== 0) return 'It does not cover the beginning of the file.'
  if (before <= 0 || gapEnd <= before || after <= 0 || gapEnd + after > source.length) {
    return 'The parts that it covers overlap, are empty or go past the end of the file.'
  }
  if (contents.start !== before || contents.end !== gapEnd) {
    return 'What it leaves out is not exactly its own /Contents.'
  }
  if (gapEnd - before > GAP_BYTES_MAX) return 'Its /Contents is absurdly large.'
  if (!HEXADECIMAL.test(latin1(source.read(before, gapEnd)))) {
    return 'Its /Contents is not a plain hexadecimal string.'
  }
  if (place.dict.end > gapEnd + after) return 'It does not cover its own dictionary.'
  return undefined
}

/** The file up to an offset, if it is a document there without repair. */
function openRevision({ source }: PdfDocument, end: number): PdfDocument | undefined {
  const tail = latin1(source.read(Math.max(0, end - 16), end))
  if (!/%%EOF[\r\n\s]{0,8}$/.test(tail)) return undefined
  try {
    const revision = openPdf(truncatedSource(source, end))
    return revision.isRepaired ? undefined : revision
  } catch {
    return undefined
  }
}

/** Whether the revision it covers had it in the same field, at the same place. */
function stoodThere(
  document: PdfDocument,
  revision: PdfDocument,
  { field, dict, owner, place }: LocatedSignature,
): boolean {
  const holder = field.object
  if (holder === undefined || owner === undefined) return false
  const old = revision.find(holder.ref)?.value
  if (!isKind(old, 'dict')) return false
  const then = locateIn(revision, { ...field, dict: old })
  return (
    then?.place?.dict.start === place?.dict.start &&
    then?.dict.entries.size === dict.entries.size &&
    isSameEntry(revision.findEntry(owner.ref.number), document.findEntry(owner.ref.number))
  )
}

/**
 * Signatures whose ranges cannot both be honest: of any two one must have been made when the other
 * was there already, as a whole.
 *
 * @returns For each signature by its index whether it is entangled with another.
 */
export function findEntangled(
  signatures: readonly { readonly located: LocatedSignature; readonly coverage: Coverage }[],
): Set<number> {
  const entangled = new Set<number>()
  const ranges = signatures.map(({ located, coverage }, index) => ({
    index,
    dictStart: located.place?.dict.start ?? 0,
    end: (coverage.byteRange?.[2] ?? 0) + (coverage.byteRange?.[3] ?? 0),
    isPartial: coverage.kind === 'partial',
  }))
  // A partial one is failed already, and must not drag an honest one with it.
  const sound = ranges.filter(({ isPartial }) => !isPartial).sort((a, b) => a.end - b.end)
  for (const [i, later] of sound.entries()) {
    const earlier = sound[i - 1]
    if (earlier === undefined || later.dictStart >= earlier.end) continue
    entangled.add(earlier.index).add(later.index)
  }
  return entangled
}
