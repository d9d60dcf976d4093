import type { ChangeKind } from '../report.ts'

/** One thing that is otherwise than when the document was signed. */
export interface Change {
  readonly kind: ChangeKind
  /** A sentence for people. */
  readonly description: string
  /** Full name of the form field that it concerns, if it was there before. */
  readonly field?: string
  /** For signatures: a document timestamp, which even a closed document may get. */
  readonly isTimestamp?: boolean
  /** For signatures: a field that is new and can be seen. */
  readonly isVisible?: boolean
}

/** What a signature lets later revisions do. */
export interface Permissions {
  /** DocMDP level (ISO 32000-2 §12.8.2.2), undefined where nothing restricts. */
  readonly level: 1 | 2 | 3 | undefined
  /** Full names of fields that FieldMDP or a lock closes (ISO 32000-2 §12.8.2.4). */
  isLocked(fieldName: string): boolean
}

/**
 * Whether a change leaves a signature valid. Where nothing restricts, signing, filling forms and
 * annotating are what viewers let pass; the pages never may change.
 */
export function isAllowed(change: Change, { level, isLocked }: Permissions): boolean {
  const isOpen = level === undefined || level === 3
  const isFree = change.field === undefined || !isLocked(change.field)
  switch (change.kind) {
    case 'dss':
      return true
    case 'signatures':
      // A new field that is seen is an annotation too: it may cover what was signed.
      if (change.isVisible === true) return isOpen
      return change.isTimestamp === true || (level !== 1 && isFree)
    case 'metadata':
      return level !== 1
    case 'form-filling':
      return level !== 1 && isFree
    case 'annotations':
      return isOpen
    case 'other':
      return false
  }
}
