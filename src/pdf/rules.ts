import { AppError } from '../errors.ts'
import type { PdfDocument } from './document.ts'
import { type FormField, findAcroForm, listFields, signatureOf } from './form.ts'
import {
  asKind,
  decodeText,
  isKind,
  type PdfDict,
  type PdfObject,
  type PdfValue,
} from './values.ts'

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
  let isSigned = false
  const take = (params: PdfDict | undefined) => {
    if (params === undefined) return
    const action = nameOf(document, params.entries.get('Action'))
    if (action !== undefined) locks.push({ action, fields: namesOf(document, params) })
    const level = document.resolve(params.entries.get('P'))
    if (typeof level === 'number') levels.push(level)
  }
  for (const field of fields) {
    if (field.type !== 'Sig') continue
    const signature = signatureOf(document, field)
    if (signature === undefined || !signature.entries.has('ByteRange')) continue
    isSigned = true
    take(asKind(document.resolve(field.dict.entries.get('Lock')), 'dict'))
    for (const { method, params } of listTransforms(document, signature)) {
      if (method === 'DocMDP') levels.push(docMdpLevel(document, params))
      if (method === 'FieldMDP') take(params)
    }
  }
  const certifying = certifyingSignature(document)
  for (const { method, params } of certifying ? listTransforms(document, certifying) : []) {
    if (method === 'DocMDP') levels.push(docMdpLevel(document, params))
  }
  const strictest = levels.length === 0 ? undefined : Math.min(...levels)
  return {
    certified: strictest === undefined ? undefined : asLevel(strictest),
    isSigned: isSigned || certifying !== undefined,
    isLocked: (name) => locks.some((lock) => lockCovers(lock, name)),
  }
}

function certifyingSignature(document: PdfDocument): PdfDict | undefined {
  const catalog = asKind(document.catalog.value, 'dict')
  const perms = asKind(document.resolve(catalog?.entries.get('Perms')), 'dict')
  return asKind(document.resolve(perms?.entries.get('DocMDP')), 'dict')
}

/** The transforms of a signature's `/Reference` (ISO 32000-2 §12.8.2). */
export function* listTransforms(document: PdfDocument, signature: PdfDict) {
  const references = asKind(document.resolve(signature.entries.get('Reference')), 'array')
  for (const item of references?.items ?? []) {
    const reference = asKind(document.resolve(item), 'dict')
    const method = nameOf(document, reference?.entries.get('TransformMethod'))
    const params = asKind(document.resolve(reference?.entries.get('TransformParams')), 'dict')
    if (method !== undefined) yield { method, params }
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

function namesOf(document: PdfDocument, params: PdfDict): Set<string> {
  const items = asKind(document.resolve(params.entries.get('Fields')), 'array')?.items ?? []
  const strings = items
    .map((item) => document.resolve(item))
    .filter((item) => isKind(item, 'string'))
  return new Set(strings.map(decodeText))
}

function nameOf(document: PdfDocument, value: PdfValue | undefined): string | undefined {
  return asKind(document.resolve(value), 'name')?.name
}

/**
 * Refuse what a certification, a lock, the author's permissions or a dynamic form forbid.
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
  requireStaticForm(document)
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

/** A dynamic XFA form is drawn anew by its reader: what a signature covers would not be what is seen. */
function requireStaticForm(document: PdfDocument): void {
  const catalog = asKind(document.catalog.value, 'dict')
  if (document.resolve(catalog?.entries.get('NeedsRendering')) !== true) return
  if (!findAcroForm(document)?.dict.entries.has('XFA')) return
  throw new AppError(
    'invalid-request',
    'This PDF is a dynamic XFA form, which has no pages to sign. Print it to a PDF first.',
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
  const seed = asKind(document.resolve(field.dict.entries.get('SV')), 'dict')
  if (seed === undefined) return
  const get = (key: string): PdfObject => document.resolve(seed.entries.get(key))
  const flags = get('Ff')
  const requires = (bit: number) => typeof flags === 'number' && (flags & bit) !== 0
  const list = (key: string) =>
    (asKind(get(key), 'array')?.items ?? []).map((item) => {
      const value = document.resolve(item)
      if (isKind(value, 'name')) return value.name
      return isKind(value, 'string') ? decodeText(value) : ''
    })
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
