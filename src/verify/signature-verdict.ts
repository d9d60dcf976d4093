import { createHash } from 'node:crypto'
import { toDefiniteLengths } from '../cms/definite.ts'
import { OID } from '../cms/oids.ts'
import { type ParsedSignedData, parseSignedData, UnsupportedCms } from '../cms/parse.ts'
import { AppError } from '../errors.ts'
import type { PdfDocument } from '../pdf/document.ts'
import { docMdpLevel, listTransforms, readRestrictions } from '../pdf/rules.ts'
import { asKind } from '../pdf/values.ts'
import type { PathVerdict } from '../pki/path.ts'
import { type Change, isAllowed } from './changes/change.ts'
import type { Budget } from './changes/comparison.ts'
import { compareRevisions } from './changes/revisions.ts'
import { type CmsVerdict, judgeCms } from './cms-verdict.ts'
import type { Coverage } from './coverage.ts'
import { digestRuns } from './digest.ts'
import { type Finding, failed, undecided } from './finding.ts'
import { type LocatedSignature, nameIn } from './locate.ts'
import type { ObjectReader } from './objects.ts'
import { judgeTimestamp, type TimestampVerdict } from './timestamp.ts'
import { judgeSigner, parseCertificates, parseCrls, type Trust } from './trust.ts'

/** All that was found out about one signature. */
export interface SignatureVerdict {
  readonly located: LocatedSignature
  readonly coverage: Coverage
  readonly subFilter: string | undefined
  /** Level of a certification, undefined for any other signature. */
  readonly docMdp: 1 | 2 | 3 | undefined
  readonly findings: readonly Finding[]
  /** Undefined when the CMS could not be read. */
  readonly signedData: ParsedSignedData | undefined
  /** Whether the CMS is DER, as PAdES demands. */
  readonly isDer: boolean
  readonly cms: CmsVerdict | undefined
  readonly path: PathVerdict | undefined
  /** The signature-time-stamp, or the document timestamp itself. */
  readonly timestamp: TimestampVerdict | undefined
  readonly changes: readonly (Change & { readonly allowed: boolean })[]
}

export interface JudgeContext {
  readonly document: ObjectReader
  readonly trust: Trust
  readonly budget: Budget
  /** Octets that may still be digested for this report. */
  readonly digestible: { bytes: number }
}

export const CADES = 'ETSI.CAdES.detached'
export const DOCUMENT_TIMESTAMP = 'ETSI.RFC3161'
const DETACHED = new Set([CADES, 'adbe.pkcs7.detached'])
/** A CMS with everything in it stays far below. */
const CMS_BYTES_MAX = 2 * 1024 * 1024

/** Judge one signature: format, integrity, signer, what came after it. */
export async function judgeSignature(
  located: LocatedSignature,
  coverage: Coverage,
  context: JudgeContext,
): Promise<SignatureVerdict> {
  const subFilter = nameIn(located, 'SubFilter')
  const none: SignatureVerdict = {
    located,
    coverage,
    subFilter,
    docMdp: certificationLevel(located, coverage.signedRevision ?? context.document.document),
    findings: coverage.findings,
    signedData: undefined,
    isDer: false,
    cms: undefined,
    path: undefined,
    timestamp: undefined,
    changes: [],
  }
  if (coverage.signedRevision === undefined) return none
  const after = await judgeChanges(located, coverage, context)
  const framed = {
    ...none,
    changes: after.changes,
    findings: [...none.findings, ...after.findings],
  }
  if (subFilter !== DOCUMENT_TIMESTAMP && !DETACHED.has(subFilter ?? '')) {
    const reason = `Its format ${subFilter ?? '(none)'} is not judged.`
    return { ...framed, findings: [...framed.findings, undecided('FORMAT_FAILURE', reason)] }
  }
  const read = readContents(located)
  if ('fault' in read) return { ...framed, findings: [...framed.findings, read.fault] }
  const judged =
    subFilter === DOCUMENT_TIMESTAMP
      ? await judgeDocumentTimestamp(read.signedData, coverage, context)
      : await judgeDetached(read.signedData, coverage, context)
  return { ...framed, ...read, ...judged, findings: [...framed.findings, ...judged.findings] }
}

function readContents({
  dict,
}: LocatedSignature): { signedData: ParsedSignedData; isDer: boolean } | { fault: Finding } {
  const bytes = asKind(dict.entries.get('Contents'), 'string')?.bytes ?? new Uint8Array()
  if (bytes.length > CMS_BYTES_MAX) {
    return { fault: failed('FORMAT_FAILURE', 'Its CMS is absurdly large.') }
  }
  try {
    const der = toDefiniteLengths(bytes)
    return { signedData: parseSignedData(der), isDer: der === bytes }
  } catch (error) {
    const reason = `Its CMS cannot be read: ${error instanceof Error ? error.message : error}.`
    const judge = error instanceof UnsupportedCms ? undecided : failed
    return { fault: judge('FORMAT_FAILURE', reason) }
  }
}

/** The digest of what a signature covers. @throws AppError `document-too-large`. */
function digestOf({ byteRange = [0, 0, 0, 0] }: Coverage, context: JudgeContext) {
  const { source } = context.document.document
  return (hash: string): Promise<Uint8Array> => {
    context.digestible.bytes -= byteRange[1] + byteRange[3]
    if (context.digestible.bytes < 0) {
      throw new AppError(
        'document-too-large',
        'Its signatures together cover more than can be verified in one request.',
      )
    }
    return digestRuns(source, byteRange, hash)
  }
}

async function judgeDetached(
  signedData: ParsedSignedData,
  coverage: Coverage,
  context: JudgeContext,
) {
  const own = parseCertificates(signedData.certificates)
  const trust: Trust = {
    ...context.trust,
    certificates: [...own, ...context.trust.certificates],
    crls: [...context.trust.crls, ...parseCrls(signedData.crls)],
  }
  const digest = digestOf(coverage, context)
  const { certificates } = trust
  const cms = await judgeCms({ signedData, contentType: OID.data, digest, certificates })
  const signer = cms.signer && judgeSigner(cms.signer, 'signing', trust)
  const encapsulates = signedData.content === undefined ? [] : [ENCAPSULATES]
  return {
    cms,
    path: signer?.verdict,
    timestamp: await judgeSignatureTimestamp(signedData, trust),
    findings: [...encapsulates, ...cms.findings, ...(signer?.findings ?? [])],
  }
}

const ENCAPSULATES = failed('FORMAT_FAILURE', 'It carries content of its own beside the document.')

/** The first `signature-time-stamp`: of the signature's octets (ETSI EN 319 122-1 §5.3). */
async function judgeSignatureTimestamp(
  { signer }: ParsedSignedData,
  trust: Trust,
): Promise<TimestampVerdict | undefined> {
  const [token] = signer.unsignedAttribute(OID.signatureTimeStamp)
  if (token === undefined) return undefined
  const imprint = async (hash: string) => createHash(hash).update(signer.signature).digest()
  try {
    return await judgeTimestamp(parseSignedData(toDefiniteLengths(token)), imprint, trust)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const findings = [failed('FORMAT_FAILURE', `The timestamp cannot be read: ${error.message}.`)]
    return { at: undefined, cms: NO_CMS, path: undefined, findings }
  }
}

const NO_CMS: CmsVerdict = {
  findings: [],
  signer: undefined,
  digestAlgorithm: undefined,
  bindsCertificate: false,
}

async function judgeDocumentTimestamp(
  signedData: ParsedSignedData,
  coverage: Coverage,
  context: JudgeContext,
) {
  const timestamp = await judgeTimestamp(signedData, digestOf(coverage, context), context.trust)
  const { cms, path, findings } = timestamp
  return { cms, path, timestamp, findings }
}

function certificationLevel(
  { dict }: LocatedSignature,
  document: PdfDocument,
): 1 | 2 | 3 | undefined {
  for (const { method, params } of listTransforms(document, dict)) {
    if (method === 'DocMDP') return docMdpLevel(document, params)
  }
  return undefined
}

/** What came after, measured by what this signature and a certification before it allow. */
async function judgeChanges(
  { field }: LocatedSignature,
  { signedRevision }: Coverage,
  { document, budget }: JudgeContext,
) {
  if (signedRevision === undefined) return { changes: [], findings: [] }
  const { changes, isComplete } = await compareRevisions(signedRevision, document, budget)
  const { certified, isLocked } = readRestrictions(signedRevision, [field])
  const judged = changes.map((change) => ({
    ...change,
    allowed: isAllowed(change, { level: certified, isLocked }),
  }))
  const forbidden = judged.filter(({ allowed }) => !allowed)
  const findings = forbidden.map(({ description }) =>
    failed('FORMAT_FAILURE', `A later revision is not allowed: ${description}`),
  )
  return { changes: judged, findings: isComplete ? findings : [...findings, INCOMPLETE] }
}

const INCOMPLETE = undecided(
  'SIG_CONSTRAINTS_FAILURE',
  'What later revisions changed could not be found out in full.',
)
