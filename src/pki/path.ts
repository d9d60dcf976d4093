import { isWeakHash, isWeakKey, signatureHash } from '../cms/verify.ts'
import { permitsNames } from './name-constraints.ts'
import { type ParsedCrl, type Revocation, revocationOf } from './parsed-crl.ts'
import { holdsPolicy, type PolicyWish } from './policies.ts'
import type { Certificate } from './x509.ts'

/** A certificate of a path with what is known of its revocation; the anchor needs none. */
export interface PathElement {
  readonly certificate: Certificate
  readonly revocation: Revocation | 'anchor'
}

/** Why a certificate is not trusted (ETSI EN 319 102-1 §5.1.3). */
export type PathProblem =
  | 'no-chain'
  | 'constraints'
  | 'weak-algorithm'
  | 'revoked'
  | 'not-yet-valid'
  | 'expired'
  | 'revocation-unknown'

export interface PathVerdict {
  /** From the certificate to the anchor, as far as it was found. */
  readonly path: readonly PathElement[]
  readonly problem: PathProblem | undefined
  /** Which certificate of the path the problem lies in. */
  readonly culprit?: Certificate
}

const KEY_CERT_SIGN = 5
const DEPTH_MAX = 8
const PATHS_MAX = 10
/** Signatures verified in one search: a bag of certificates may be made to lead nowhere for long. */
const STEPS_MAX = 100
/** Larger ones are no agreed keys, and cost a hundred times more. */
const RSA_BITS_MAX = 8_192

interface Trust extends PolicyWish {
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
  let found = 0
  for (const path of pathsFrom([certificate], trust, { steps: STEPS_MAX })) {
    const verdict = judge(path, trust)
    if (verdict.problem === undefined) return verdict
    first ??= verdict
    found += 1
    if (found >= PATHS_MAX) break
  }
  return (
    first ?? {
      path: [{ certificate, revocation: { status: 'unknown' } }],
      problem: 'no-chain',
      culprit: certificate,
    }
  )
}

/** All chains whose names and signatures fit, up to an anchor, as far as the steps go. */
function* pathsFrom(
  path: readonly Certificate[],
  trust: Trust,
  left: { steps: number },
): Generator<readonly Certificate[]> {
  const last = path.at(-1)
  if (last === undefined || path.length > DEPTH_MAX) return
  if (trust.anchors.some((anchor) => isSame(anchor, last))) {
    yield path
    return
  }
  for (const issuer of [...trust.anchors, ...trust.candidates]) {
    if (Buffer.compare(last.issuer, issuer.subject) !== 0) continue
    if (path.some((element) => isSame(element, issuer))) continue
    left.steps -= 1
    if (left.steps < 0) return
    if (isSignedBy(last, issuer)) yield* pathsFrom([...path, issuer], trust, left)
  }
}

function isSame(a: Certificate, b: Certificate): boolean {
  return Buffer.compare(a.der, b.der) === 0
}

function isSignedBy({ x509 }: Certificate, { publicKey }: Certificate): boolean {
  const bits = publicKey?.asymmetricKeyDetails?.modulusLength ?? 0
  try {
    return publicKey !== undefined && bits <= RSA_BITS_MAX && x509.verify(publicKey)
  } catch {
    return false
  }
}

function judge(certificates: readonly Certificate[], trust: Trust): PathVerdict {
  const { crls, at } = trust
  const path = certificates.map((certificate, index): PathElement => {
    const issuer = certificates[index + 1]
    const revocation = issuer === undefined ? 'anchor' : revocationOf(certificate, issuer, crls, at)
    return { certificate, revocation }
  })
  for (const [problem, applies] of PROBLEMS) {
    for (const [index, { certificate, revocation }] of path.entries()) {
      const place = { certificate, revocation, index, certificates, at }
      if (applies(place)) return { path, problem, culprit: certificate }
    }
  }
  const [end] = certificates
  if (end !== undefined && !holdsPolicy(certificates, trust)) {
    return { path, problem: 'constraints', culprit: end }
  }
  return { path, problem: undefined }
}

interface Place {
  readonly certificate: Certificate
  readonly revocation: Revocation | 'anchor'
  /** 0 is the end of the path that is judged, the last is the anchor. */
  readonly index: number
  readonly certificates: readonly Certificate[]
  readonly at: number
}

/**
 * What cannot mend comes first: a list that is fetched later does not make a path of one that is
 * none. An anchor is trusted for its key and its name, whatever its dates and its own signature.
 */
const PROBLEMS: readonly (readonly [problem: PathProblem, applies: (place: Place) => boolean])[] = [
  ['constraints', breaksConstraints],
  ['constraints', bearsForbiddenName],
  ['weak-algorithm', isWeak],
  ['revoked', ({ revocation }) => statusOf(revocation) === 'revoked'],
  ['not-yet-valid', (place) => !isAnchor(place) && place.at < place.certificate.notBefore],
  ['expired', (place) => !isAnchor(place) && place.at > place.certificate.notAfter],
  ['revocation-unknown', ({ revocation }) => statusOf(revocation) === 'unknown'],
]

function statusOf(revocation: Revocation | 'anchor') {
  return revocation === 'anchor' ? revocation : revocation.status
}

function isAnchor({ index, certificates }: Place): boolean {
  return index === certificates.length - 1
}

/** basicConstraints and keyUsage of a CA (RFC 5280 §6.1.4 k to n), critical extensions beyond us. */
function breaksConstraints(place: Place): boolean {
  const { certificate, index, certificates } = place
  // An old root without extensions says nothing of what it may do.
  if (isAnchor(place) && !certificate.hasExtensions) return false
  if (!isAnchor(place) && certificate.unprocessed.length > 0) return true
  if (index === 0) return false
  const { isCa, pathLength, keyUsage } = certificate
  const casBelow = certificates.slice(1, index).filter((ca) => !isSelfIssued(ca)).length
  const mayIssue =
    isCa &&
    (pathLength === undefined || casBelow <= pathLength) &&
    (keyUsage === undefined || keyUsage.has(KEY_CERT_SIGN))
  return !mayIssue
}

/** A name that a CA above does not let it bear; a CA that changes its key bears its own. */
function bearsForbiddenName({ certificate, index, certificates }: Place): boolean {
  if (index > 0 && isSelfIssued(certificate)) return false
  return certificates.slice(index + 1).some((ca) => !permitsNames(ca, certificate))
}

/** A CA that changes its key: it does not lengthen the path (RFC 5280 §6.1.4 l). */
function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return Buffer.compare(subject, issuer) === 0
}

/** A weak hash or key in what binds this certificate to its issuer, or a weak key in itself. */
function isWeak(place: Place): boolean {
  if (isAnchor(place)) return false
  const { certificate, index, certificates } = place
  const hash = signatureHash(certificate.signatureAlgorithm)
  const keys = [certificate.publicKey, certificates[index + 1]?.publicKey]
  return (
    hash === undefined ||
    isWeakHash(hash) ||
    keys.some((key) => key === undefined || isWeakKey(key))
  )
}
