import { isWeakHash, signatureHash } from '../cms/verify.ts'
import { type ParsedCrl, type Revocation, revocationOf } from './parsed-crl.ts'
import type { Certificate } from './x509.ts'

/** A certificate of a path with what is known of its revocation; the anchor needs none. */
export interface PathElement {
  readonly certificate: Certificate
  readonly revocation: Revocation | 'anchor'
}

/** Why a certificate is not trusted (ETSI EN 319 102-1 §5.1.3). */
export type PathProblem =
  | 'no-chain'
  | 'not-yet-valid'
  | 'expired'
  | 'revoked'
  | 'revocation-unknown'
  | 'constraints'
  | 'weak-algorithm'

export interface PathVerdict {
  /** From the certificate to the anchor, as far as it was found. */
  readonly path: readonly PathElement[]
  readonly problem: PathProblem | undefined
  /** Which certificate of the path the problem lies in. */
  readonly culprit?: Certificate
}

const KEY_CERT_SIGN = 5
const DEPTH_MAX = 8
const TRIES_MAX = 200

interface Trust {
  readonly anchors: readonly Certificate[]
  /** Certificates that may stand between, from wherever; none is believed. */
  readonly candidates: readonly Certificate[]
  readonly crls: readonly ParsedCrl[]
  /** Unix ms of the judgement. */
  readonly at: number
}

/**
 * Build a path to an anchor and validate it (RFC 5280 §6.1), revocation by CRL included. Where
 * several paths exist the first without a problem wins, else the one found first.
 */
export function validatePath(certificate: Certificate, trust: Trust): PathVerdict {
  let first: PathVerdict | undefined
  let tries = 0
  for (const path of pathsFrom([certificate], trust)) {
    const verdict = judge(path, trust)
    if (verdict.problem === undefined) return verdict
    first ??= verdict
    tries += 1
    if (tries > TRIES_MAX) break
  }
  return (
    first ?? { path: [{ certificate, revocation: { status: 'unknown' } }], problem: 'no-chain' }
  )
}

/** All chains whose names and signatures fit, up to an anchor. */
function* pathsFrom(path: readonly Certificate[], trust: Trust): Generator<readonly Certificate[]> {
  const last = path.at(-1)
  if (last === undefined || path.length > DEPTH_MAX) return
  if (trust.anchors.some((anchor) => isSame(anchor, last))) {
    yield path
    return
  }
  for (const issuer of [...trust.anchors, ...trust.candidates]) {
    if (path.some((element) => isSame(element, issuer))) continue
    if (isIssuedBy(last, issuer)) yield* pathsFrom([...path, issuer], trust)
  }
}

function isSame(a: Certificate, b: Certificate): boolean {
  return Buffer.compare(a.der, b.der) === 0
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (Buffer.compare(certificate.issuer, issuer.subject) !== 0) return false
  try {
    return certificate.x509.verify(issuer.x509.publicKey)
  } catch {
    return false
  }
}

function judge(certificates: readonly Certificate[], { crls, at }: Trust): PathVerdict {
  const path = certificates.map((certificate, index): PathElement => {
    const issuer = certificates[index + 1]
    const revocation = issuer === undefined ? 'anchor' : revocationOf(certificate, issuer, crls, at)
    return { certificate, revocation }
  })
  for (const [index, element] of path.entries()) {
    const problem = problemOf(element, { index, isAnchor: index === path.length - 1, at })
    if (problem !== undefined) return { path, problem, culprit: element.certificate }
  }
  return { path, problem: undefined }
}

/** An anchor is trusted for its key and name; dates and flags of its certificate bind nobody. */
function problemOf(
  { certificate, revocation }: PathElement,
  { index, isAnchor, at }: { index: number; isAnchor: boolean; at: number },
): PathProblem | undefined {
  if (isAnchor) return undefined
  if (certificate.unknownCritical.length > 0) return 'constraints'
  if (index > 0 && !mayIssue(certificate, index)) return 'constraints'
  const hash = signatureHash(certificate.signatureAlgorithm)
  if (hash !== undefined && isWeakHash(hash)) return 'weak-algorithm'
  if (revocation !== 'anchor' && revocation.status === 'revoked') return 'revoked'
  if (at < certificate.notBefore) return 'not-yet-valid'
  if (at > certificate.notAfter) return 'expired'
  if (revocation !== 'anchor' && revocation.status === 'unknown') return 'revocation-unknown'
  return undefined
}

/** basicConstraints and keyUsage of a CA with `index - 1` CAs below it (RFC 5280 §6.1.4 k to n). */
function mayIssue({ isCa, pathLength, keyUsage }: Certificate, index: number): boolean {
  return (
    isCa &&
    (pathLength === undefined || index - 1 <= pathLength) &&
    (keyUsage === undefined || keyUsage.has(KEY_CERT_SIGN))
  )
}
