import { OID } from '../cms/oids.ts'
import type { PdfDocument } from '../pdf/document.ts'
import type { Finding } from './finding.ts'
import { textOf } from './locate.ts'
import type { Level } from './report.ts'
import { readSecurityStore, type SecurityStore } from './security-store.ts'
import { CADES, DOCUMENT_TIMESTAMP, type SignatureVerdict } from './signature-verdict.ts'
import { parseCrls } from './trust.ts'

export interface LevelVerdict {
  readonly level: Level | null
  /** Why it is not a higher one; empty for the highest. */
  readonly reasons: readonly string[]
}

interface Surroundings {
  readonly document: PdfDocument
  readonly store: SecurityStore | undefined
  readonly others: readonly SignatureVerdict[]
}

/**
 * The PAdES level whose parts are there (ETSI EN 319 142-1 §6). Timestamps count when they are of
 * this signature and intact; whether they are trusted is another question.
 */
export function levelOf(verdict: SignatureVerdict, around: Surroundings): LevelVerdict {
  if (verdict.subFilter === DOCUMENT_TIMESTAMP) return { level: null, reasons: [] }
  const faults = baselineFaults(verdict, around.document)
  if (faults.length > 0) return { level: null, reasons: faults }
  const timestamps = documentTimestampsAfter(verdict, around.others)
  const hasOwn = verdict.timestamp !== undefined && isIntact(verdict.timestamp.findings)
  if (!hasOwn && timestamps.length === 0) {
    const reason =
      verdict.timestamp === undefined
        ? 'It has no timestamp.'
        : 'Its timestamp is not one of this signature, or broken.'
    return { level: 'B-B', reasons: [reason] }
  }
  if (!hasValidationData(verdict, around.store)) {
    return { level: 'B-T', reasons: ['The document does not carry all its validation data.'] }
  }
  const isArchived = timestamps.some(({ coverage }) => {
    const store = coverage.signedRevision && readSecurityStore(coverage.signedRevision)
    return hasValidationData(verdict, store)
  })
  return isArchived
    ? { level: 'B-LTA', reasons: [] }
    : { level: 'B-LT', reasons: ['No document timestamp covers the validation data.'] }
}

/** What keeps it from being a baseline signature at all (ETSI EN 319 142-1 §6.3, Table 1). */
function baselineFaults(verdict: SignatureVerdict, document: PdfDocument): string[] {
  const { subFilter, located, cms, signedData, isDer, coverage } = verdict
  const signer = signedData?.signer
  const carries = signedData?.certificates ?? []
  const holder = cms?.signer
  const rules: readonly (readonly [isKept: boolean, fault: string])[] = [
    [subFilter === CADES, `Its SubFilter is ${subFilter ?? 'missing'}, not ${CADES}.`],
    [coverage.kind !== 'partial', 'It does not cover its revision.'],
    [signer !== undefined, 'Its CMS was not read.'],
    [isDer || signer === undefined, 'Its CMS is not DER.'],
    [textOf(document, located, 'M') !== undefined, 'It has no /M with the time of signing.'],
    [!located.dict.entries.has('Cert'), 'It has a /Cert, which PAdES forbids.'],
    [
      (signer?.attribute(OID.signingTime) ?? []).length === 0,
      'It signs a signing-time, which PAdES forbids.',
    ],
    [cms?.bindsCertificate === true, 'No signed attribute binds the signer’s certificate.'],
    [
      holder !== undefined && carries.some((der) => Buffer.compare(der, holder.der) === 0),
      'Its CMS does not carry the signer’s certificate.',
    ],
  ]
  return rules.filter(([isKept]) => !isKept).map(([, fault]) => fault)
}

function isIntact(findings: readonly Finding[]): boolean {
  return findings.every(({ indication }) => indication !== 'TOTAL_FAILED')
}

function documentTimestampsAfter(
  { coverage }: SignatureVerdict,
  others: readonly SignatureVerdict[],
): SignatureVerdict[] {
  const endOf = ({ byteRange }: SignatureVerdict['coverage']) =>
    byteRange === undefined ? 0 : byteRange[2] + byteRange[3]
  return others.filter(
    (other) =>
      other.subFilter === DOCUMENT_TIMESTAMP &&
      other.timestamp !== undefined &&
      isIntact(other.timestamp.findings) &&
      endOf(other.coverage) > endOf(coverage),
  )
}

/** A revocation list for each certificate of the chain; OCSP answers are counted, not yet read. */
function hasValidationData({ path }: SignatureVerdict, store: SecurityStore | undefined): boolean {
  if (store === undefined || store.certificates.length === 0) return false
  if (store.ocspCount > 0) return true
  const crls = parseCrls(store.crls)
  const chain = (path?.path ?? []).filter(({ revocation }) => revocation !== 'anchor')
  return (
    crls.length > 0 &&
    chain.every(({ certificate }) =>
      crls.some(({ issuer }) => Buffer.compare(issuer, certificate.issuer) === 0),
    )
  )
}
