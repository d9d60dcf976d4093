import { AppError } from '../errors.ts'
import { latin1 } from '../pdf/bytes.ts'
import { damaged } from '../pdf/cursor.ts'
import { openPdf, type PdfDocument } from '../pdf/document.ts'
import type { PdfSource } from '../pdf/source.ts'
import { type ParsedCrl, parseCrl } from '../pki/parsed-crl.ts'
import { parseCertificate } from '../pki/x509.ts'
import { checkCoverage, findEntangled } from './coverage.ts'
import { digestRuns } from './digest.ts'
import { failed } from './finding.ts'
import { levelOf } from './level.ts'
import { locateSignatures } from './locate.ts'
import { ObjectReader } from './objects.ts'
import type { VerificationReport } from './report.ts'
import { readSecurityStore, type SecurityStore } from './security-store.ts'
import { describeSignature } from './signature-report.ts'
import { judgeSignature, type SignatureVerdict } from './signature-verdict.ts'
import { parseCertificates, parseCrls, type Trust } from './trust.ts'

export interface VerifyDeps {
  /** DER of the certificates that are trusted. */
  readonly anchors: () => Promise<readonly Uint8Array[]>
  /** DER of current revocation lists. */
  readonly crls: () => Promise<readonly Uint8Array[]>
  /** DER of certificates that may stand between a signer and an anchor. */
  readonly certificates?: () => Promise<readonly Uint8Array[]>
  /** Unix ms. */
  readonly now: () => number
}

/** Objects compared, and octets digested, for one report. */
const STEPS_MAX = 1_000_000
const DIGESTED_BYTES_MAX = 16 * 1024 ** 3

/**
 * Judge every signature of a document at the present time (ETSI EN 319 102-1 §5.3).
 *
 * @returns The verifier. It throws AppError as `openPdf` does, and `document-too-large` when the
 *   signatures cover too much; any other octets have a report.
 */
export function makeVerify(deps: VerifyDeps): (source: PdfSource) => Promise<VerificationReport> {
  const readCrl = rememberCrls()
  return async (source) => {
    const at = deps.now()
    const document = asDamaged(() => openPdf(source))
    const store = asDamaged(() => readSecurityStore(document))
    const trust = await gatherTrust(deps, readCrl, store, at)
    const verdicts = await judgeAll(document, trust)
    return {
      sha256: (await digestRuns(source, [0, source.length], 'sha256')).toString('hex'),
      bytes: source.length,
      verifiedAt: new Date(at).toISOString(),
      revisions: countRevisions(document),
      repaired: document.isRepaired,
      encrypted: document.decryption !== undefined,
      signatures: verdicts.map((verdict) => {
        const level = levelOf(verdict, { document, store, others: verdicts })
        return describeSignature(document, verdict, level)
      }),
    }
  }
}

async function judgeAll(document: PdfDocument, trust: Trust): Promise<SignatureVerdict[]> {
  const found = asDamaged(() =>
    locateSignatures(document).map((located) => ({
      located,
      coverage: checkCoverage(document, located),
    })),
  )
  const entangled = findEntangled(found)
  const context = {
    document: new ObjectReader(document),
    trust,
    budget: { left: STEPS_MAX },
    digestible: { bytes: DIGESTED_BYTES_MAX },
  }
  const verdicts: SignatureVerdict[] = []
  for (const [index, { located, coverage }] of found.entries()) {
    const findings = entangled.has(index) ? [...coverage.findings, ENTANGLED] : coverage.findings
    verdicts.push(await judgeSignature(located, { ...coverage, findings }, context))
    await new Promise(setImmediate)
  }
  return verdicts
}

const ENTANGLED = failed(
  'FORMAT_FAILURE',
  'What it covers overlaps with another signature that it should lie inside of, or before.',
)

/** What the reader stumbles over is a fault of the file; our own faults stay what they are. */
function asDamaged<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    const isOurs = error instanceof RangeError || error instanceof TypeError
    if (error instanceof AppError || isOurs) throw error
    throw damaged('its cross-reference leads to other objects')
  }
}

/** What the document carries may help, and is believed no more than anything else in it. */
async function gatherTrust(
  deps: VerifyDeps,
  readCrl: (der: Uint8Array) => ParsedCrl,
  store: SecurityStore | undefined,
  at: number,
): Promise<Trust> {
  const [anchors, crls, certificates] = await Promise.all([
    deps.anchors(),
    deps.crls(),
    deps.certificates?.() ?? [],
  ])
  return {
    anchors: anchors.map(parseCertificate),
    certificates: [
      ...certificates.map(parseCertificate),
      ...parseCertificates(store?.certificates ?? []),
    ],
    crls: [...crls.map(readCrl), ...parseCrls(store?.crls ?? [])],
    at,
  }
}

/** Lists of the configuration are large and stay the same for days. */
function rememberCrls(): (der: Uint8Array) => ParsedCrl {
  const known = new WeakMap<Uint8Array, ParsedCrl>()
  return (der) => {
    const parsed = known.get(der) ?? parseCrl(der)
    known.set(der, parsed)
    return parsed
  }
}

const LINEARIZED_BYTES = 1024

/** One section each, but for a linearised original, which has two (ISO 32000-2 Annex F). */
function countRevisions({ xref, source, isRepaired }: PdfDocument): number | null {
  if (isRepaired) return null
  const isLinearized = latin1(source.read(0, LINEARIZED_BYTES)).includes('/Linearized')
  return Math.max(1, xref.sections.length - (isLinearized ? 1 : 0))
}
