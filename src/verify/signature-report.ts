import { createHash } from 'node:crypto'
import { readTlv } from '../cms/der.ts'
import { OID } from '../cms/oids.ts'
import type { PdfDocument } from '../pdf/document.ts'
import type { PathElement } from '../pki/path.ts'
import { type Certificate, readTime } from '../pki/x509.ts'
import { conclude } from './finding.ts'
import type { LevelVerdict } from './level.ts'
import { textOf } from './locate.ts'
import { parsePdfDate } from './pdf-date.ts'
import { organisationIdentifierOf, readableName } from './readable-name.ts'
import type { SignatureReport } from './report.ts'
import { DOCUMENT_TIMESTAMP, type SignatureVerdict } from './signature-verdict.ts'

/** A verdict in the words of the report. */
export function describeSignature(
  document: PdfDocument,
  verdict: SignatureVerdict,
  { level, reasons: levelReasons }: LevelVerdict,
): SignatureReport {
  const { located, coverage, docMdp, cms, path, changes, timestamp } = verdict
  const signer = cms?.signer
  const anchor = path?.path.find(({ revocation }) => revocation === 'anchor')?.certificate
  return {
    fieldName: located.field.name,
    kind: kindOf(verdict),
    docMdp: docMdp ?? null,
    ...conclude(verdict.findings),
    level,
    levelReasons: [...levelReasons],
    signer: signer === undefined ? null : describeSigner(signer),
    signingTime: signingTimeOf(document, verdict),
    timestamp:
      timestamp?.at === undefined
        ? null
        : {
            at: iso(timestamp.at),
            trusted: timestamp.findings.length === 0,
            reasons: timestamp.findings.map(({ reason }) => reason),
          },
    digestAlgorithm: cms?.digestAlgorithm ?? null,
    coverage: coverage.kind,
    byteRange: coverage.byteRange === undefined ? null : [...coverage.byteRange],
    changesAfter: changes.map(({ kind, allowed, description }) => ({ kind, allowed, description })),
    chain: (path?.path ?? []).map(describeElement),
    anchor:
      anchor === undefined
        ? null
        : { subject: readableName(anchor.subject), sha256: sha256(anchor.der) },
  }
}

function kindOf({ subFilter, docMdp }: SignatureVerdict): SignatureReport['kind'] {
  if (subFilter === DOCUMENT_TIMESTAMP) return 'timestamp'
  return docMdp === undefined ? 'approval' : 'certification'
}

/** The time of a timestamp that is trusted, else what the signer claims. */
function signingTimeOf(
  document: PdfDocument,
  { located, signedData, timestamp, subFilter }: SignatureVerdict,
): SignatureReport['signingTime'] {
  if (timestamp?.at !== undefined && timestamp.findings.length === 0) {
    return { at: iso(timestamp.at), source: 'timestamp' }
  }
  const ownClaim = subFilter === DOCUMENT_TIMESTAMP ? timestamp?.at : undefined
  const inPdf = parsePdfDate(textOf(document, located, 'M') ?? '')
  const [attribute] = signedData?.signer.attribute(OID.signingTime) ?? []
  const at = ownClaim ?? inPdf ?? (attribute && timeOf(attribute))
  return at === undefined ? null : { at: iso(at), source: 'claimed' }
}

function timeOf(attribute: Uint8Array): number | undefined {
  try {
    return readTime(attribute, readTlv(attribute, 0))
  } catch {
    return undefined
  }
}

function describeSigner(certificate: Certificate): NonNullable<SignatureReport['signer']> {
  return {
    ...describeCertificate(certificate),
    notBefore: iso(certificate.notBefore),
    notAfter: iso(certificate.notAfter),
    organisationIdentifier: organisationIdentifierOf(certificate.subject),
  }
}

function describeElement({ certificate, revocation }: PathElement) {
  return {
    ...describeCertificate(certificate),
    revocation: revocation === 'anchor' ? revocation : revocation.status,
  }
}

function describeCertificate({ subject, issuer, serial, der }: Certificate) {
  return {
    subject: readableName(subject),
    issuer: readableName(issuer),
    serial,
    sha256: sha256(der),
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
