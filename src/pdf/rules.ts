import { AppError } from '../errors.ts'
import type { PdfDocument } from './document.ts'
import { type FormField, type Held, holdDict, holdSignature, listFields, textOf } from './form.ts'
import { asKind, type PdfDict, type PdfObject, type PdfValue } from './values.ts'

/** What earlier signatures and the author let a later signature do. */
export interface Restrictions {
  /** The strictest DocMDP level (ISO 32000-2 §12.8.2.2), or undefined when nothing is certified. */
  readonly certified: 1 | 2 | 3 | undefined
  /** Whether any signature stands already: certifying is for the first one only. */
  readonly isSigned: boolean
  /** Full names that earlier signatures locked (ISO 32000-2 §12.8.2.4). */
  isLocked(fieldName: string): boolean
}

interface Lock {
  readonly action: string
  readonly fields: ReadonlySet<string>
}

/** Read every signature's transforms and every signed field's lock. */
export function readRestrictions(
  document: PdfDocument,
  fields: readonly FormField[],
): Restrictions {
  const levels: number[] = []
  const locks: Lock[] = []
  const takeLock = (held: Held | undefined) => {
    if (held === undefined) return
    const action = nameOf(document, held.dict.entries.get('Action'))
    if (action !== undefined) locks.push({ action, fields: new Set(lockedNames(document, held)) })
    const level = document.resolve(held.dict.entries.get('P'))
    if (typeof level === 'number') levels.push(level)
  }
  const takeTransforms = (signature: Held) => {
    for (const { method, held } of listHeldTransforms(document, signature)) {
      if (method === 'DocMDP') levels.push(docMdpLevel(document, held?.dict))
      if (method === 'FieldMDP') takeLock(held)
    }
  }
  let isSigned = false
  for (const field of fields) {
    if (field.type !== 'Sig') continue
    const signature = holdSignature(document, field)
    if (signature === undefined || !signature.dict.entries.has('ByteRange')) continue
    isSigned = true
    takeLock(holdDict(document, field.dict.entries.get('Lock'), field.holder))
    takeTransforms(signature)
  }
  const certifying = certifyingSignature(document)
  if (certifying !== undefined) takeTransforms(certifying)
  const strictest = levels.length === 0 ? undefined : Math.min(...levels)
  return {
    certified: strictest === undefined ? undefined : asLevel(strictest),
    isSigned: isSigned || certifying !== undefined,
    isLocked: (name) => locks.some((lock) => lockCovers(lock, name)),
  }
}

function certifyingSignature(document: PdfDocument): Held | undefined {
  const { catalog } = document
  const entries = asKind(catalog.value, 'dict')?.entries
  const perms = holdDict(document, entries?.get('Perms'), catalog)
  return perms && holdDict(document, perms.dict.entries.get('DocMDP'), perms.holder)
}

/** The transforms of a signature's `/Reference` (ISO 32000-2 §12.8.2). */
export function* listTransforms(document: PdfDocument, signature: PdfDict) {
  for (const { method, held } of listHeldTransforms(document, {
    dict: signature,
    holder: document.catalog,
  })) {
    yield { method, params: held?.dict }
  }
}

function* listHeldTransforms(document: PdfDocument, { dict, holder }: Held) {
  const references = asKind(document.resolve(dict.entries.get('Reference')), 'array')
  for (const item of references?.items ?? []) {
    const reference = holdDict(document, item, holder)
    if (reference === undefined) continue
    const { entries } = reference.dict
    const method = nameOf(document, entries.get('TransformMethod'))
    const held = holdDict(document, entries.get('TransformParams'), reference.holder)
    if (method !== undefined) yield { method, held }
  }
}

/** `/P` of a DocMDP transform; 2 when it is absent (ISO 32000-2 §12.8.2.2.2, Table 257). */
export function docMdpLevel(document: PdfDocument, params: PdfDict | undefined): 1 | 2 | 3 {
  const level = document.resolve(params?.entries.get('P'))
  return asLevel(typeof level === 'number' ? level : 2)
}

function asLevel(level: number): 1 | 2 | 3 {
  return level <= 1 ? 1 : level >= 3 ? 3 : 2
}

function lockCovers({ action, fields }: Lock, name: string): boolean {
  const isNamed = [...fields].some((field) => name === field || name.startsWith(`${field}.`))
  if (action === 'All') return true
  return action === 'Include' ? isNamed : action === 'Exclude' && !isNamed
}

/** `/Fields` of a lock or of FieldMDP parameters: full names, in clear. */
export function lockedNames(document: PdfDocument, { dict, holder }: Held): string[] {
  const items = asKind(document.resolve(dict.entries.get('Fields')), 'array')?.items ?? []
  return items.map((item) => textOf(document, item, holder)).filter((text) => text !== undefined)
}

function nameOf(document: PdfDocument, value: PdfValue | undefined): string | undefined {
  return asKind(document.resolve(value), 'name')?.name
}

/**
 * Refuse what a certification, a lock, the author's permissions forbid.
 *
 * @param target - The existing field to fill, or undefined when a new one is to be added.
 * @throws AppError `pdf-certified-no-changes`, `pdf-encrypted`, `invalid-request`.
 */
export function requireAllowed(
  document: PdfDocument,
  restrictions: Restrictions,
  wanted: { target: FormField | undefined; isVisible: boolean; certifies: boolean },
): void {
  requirePermission(document)
  const { certified, isSigned } = restrictions
  if (certified === 1) {
    throw forbidden('Its author certified it and allows no change at all (DocMDP level 1).')
  }
  if (certified !== undefined && certified < 3 && wanted.target === undefined && wanted.isVisible) {
    throw forbidden(
      'Its author certified it and allows only form filling (DocMDP level 2): use an existing field, or no `rect`.',
    )
  }
  if (wanted.target !== undefined && restrictions.isLocked(wanted.target.name)) {
    throw forbidden(`An earlier signature locked the field ${wanted.target.name}.`)
  }
  if (wanted.certifies && isSigned) {
    throw new AppError(
      'invalid-request',
      'Only the first signature of a document can certify it.',
      {
        hints: { field: 'certify' },
      },
    )
  }
}

const ANNOTATE_AND_FILL = 1 << 5
const FILL_AND_SIGN = 1 << 8

/** ISO 32000-2 §7.6.4.2, Table 22: bit 6, or bit 9, lets a form be filled and signed. */
function requirePermission({ decryption }: PdfDocument): void {
  if (decryption === undefined) return
  if ((decryption.permissions & (ANNOTATE_AND_FILL | FILL_AND_SIGN)) !== 0) return
  throw new AppError(
    'pdf-encrypted',
    'The permissions of this PDF allow neither annotating nor signing (bits 6 and 9 of /P are clear). Its author must give one of them.',
  )
}

const SUBFILTER = 'ETSI.CAdES.detached'
const DIGESTS = new Set(['SHA256', 'SHA384', 'SHA512'])
/** Bits of `/SV /Ff`: which entries are required (ISO 32000-2 §12.7.5.5, Table 237). */
const REQUIRES = {
  filter: 1,
  subFilter: 2,
  version: 4,
  reasons: 8,
  legal: 16,
  addRev: 32,
  digest: 64,
}

/**
 * Obey the seed values of an existing field.
 *
 * @throws AppError `invalid-request` naming the constraint that cannot be met.
 */
export function requireSeedValues(
  document: PdfDocument,
  field: FormField,
  wanted: { reason: string | undefined; certify: number | undefined },
): void {
  const held = holdDict(document, field.dict.entries.get('SV'), field.holder)
  if (held === undefined) return
  const get = (key: string): PdfObject => document.resolve(held.dict.entries.get(key))
  const flags = get('Ff')
  const requires = (bit: number) => typeof flags === 'number' && (flags & bit) !== 0
  const list = (key: string) =>
    (asKind(get(key), 'array')?.items ?? []).map(
      (item) => nameOf(document, item) ?? textOf(document, item, held.holder) ?? '',
    )
  if (
    requires(REQUIRES.filter) &&
    (asKind(get('Filter'), 'name')?.name ?? 'Adobe.PPKLite') !== 'Adobe.PPKLite'
  ) {
    throw unmet(field, 'another signature handler')
  }
  if (requires(REQUIRES.subFilter) && !list('SubFilter').includes(SUBFILTER)) {
    throw unmet(field, `an encoding among ${list('SubFilter').join(', ')}`)
  }
  if (requires(REQUIRES.digest) && !list('DigestMethod').some((name) => DIGESTS.has(name))) {
    throw unmet(field, `a digest among ${list('DigestMethod').join(', ')}`)
  }
  const reasons = list('Reasons')
  if (requires(REQUIRES.reasons) && reasons.length > 0 && !reasons.includes(wanted.reason ?? '')) {
    throw unmet(field, `one of the reasons ${reasons.join(', ')}`)
  }
  const level = document.resolve(asKind(get('MDP'), 'dict')?.entries.get('P'))
  if (typeof level === 'number' && level > 0 && wanted.certify !== level) {
    throw unmet(field, `a certifying signature of level ${level}`)
  }
  if (level === 0 && wanted.certify !== undefined) throw unmet(field, 'an approval signature')
}

function unmet(field: FormField, demand: string): AppError {
  return new AppError('invalid-request', `The field ${field.name} demands ${demand}.`, {
    hints: { field: 'field' },
  })
}

function forbidden(why: string): AppError {
  return new AppError('pdf-certified-no-changes', why)
}

/** The form's fields as a list. @throws AppError `pdf-damaged`. */
export function readFields(document: PdfDocument): FormField[] {
  return [...listFields(document)]
}
