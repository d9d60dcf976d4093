import { contextTag, readChildren, readTlv, TAG } from '../cms/der.ts'
import { childAt, contentOf, readOid } from '../cms/parse.ts'
import type { Certificate } from './x509.ts'

const CERTIFICATE_POLICIES = '2.5.29.32'
const POLICY_CONSTRAINTS = '2.5.29.36'
const INHIBIT_ANY_POLICY = '2.5.29.54'
const ANY_POLICY = '2.5.29.32.0'

/** What whoever validates a path asks of its policies (RFC 5280 §6.1.1). */
export interface PolicyWish {
  /** The policies that would do; any without it. */
  readonly policies?: readonly string[]
  readonly requiresExplicitPolicy?: boolean
  readonly inhibitsAnyPolicy?: boolean
}

/**
 * Whether a path is valid under a policy where it must be (RFC 5280 §6.1.3 d to f, §6.1.4, §6.1.5),
 * without mappings of policies: a certificate that maps them critically is refused elsewhere, and a
 * mapping that is passed over never makes more policies valid. Without mappings the tree of policies
 * is a set.
 *
 * @param certificates - From the end of the path to the anchor, whose own policies do not count.
 */
export function holdsPolicy(certificates: readonly Certificate[], wish: PolicyWish): boolean {
  try {
    return walk(certificates.slice(0, -1).reverse(), wish)
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function walk(path: readonly Certificate[], wish: PolicyWish): boolean {
  let valid: ReadonlySet<string> = new Set([ANY_POLICY])
  let explicit = wish.requiresExplicitPolicy === true ? 0 : path.length + 1
  let inhibitAny = wish.inhibitsAnyPolicy === true ? 0 : path.length + 1
  for (const [index, certificate] of path.entries()) {
    const isLast = index === path.length - 1
    const isSelfIssued = Buffer.compare(certificate.subject, certificate.issuer) === 0
    const allowsAny = inhibitAny > 0 || (!isLast && isSelfIssued)
    valid = narrow(valid, readPolicies(certificate), allowsAny)
    if (explicit <= 0 && valid.size === 0) return false
    if (isLast || !isSelfIssued) explicit -= 1
    if (!isLast && !isSelfIssued) inhibitAny -= 1
    const skips = readConstraint(certificate)
    // At the end only zero counts: nothing follows that could be skipped to (RFC 5280 §6.1.5 b).
    if (skips !== undefined && (!isLast || skips === 0)) explicit = Math.min(explicit, skips)
    inhibitAny = Math.min(inhibitAny, readInhibition(certificate) ?? inhibitAny)
  }
  return explicit > 0 || isWanted(valid, wish.policies)
}

/** The policies that are still valid below a certificate (RFC 5280 §6.1.3 d). */
function narrow(
  valid: ReadonlySet<string>,
  stated: ReadonlySet<string>,
  allowsAny: boolean,
): ReadonlySet<string> {
  const next = new Set<string>()
  for (const policy of stated) {
    if (policy !== ANY_POLICY && (valid.has(policy) || valid.has(ANY_POLICY))) next.add(policy)
  }
  if (stated.has(ANY_POLICY) && allowsAny) for (const policy of valid) next.add(policy)
  return next
}

function isWanted(valid: ReadonlySet<string>, wanted: readonly string[] | undefined): boolean {
  if (wanted === undefined || wanted.includes(ANY_POLICY)) return valid.size > 0
  return valid.has(ANY_POLICY) || wanted.some((policy) => valid.has(policy))
}

function readPolicies({ extensions }: Certificate): ReadonlySet<string> {
  const value = extensions.get(CERTIFICATE_POLICIES)?.value
  if (value === undefined) return new Set()
  const terms = readChildren(value, readTlv(value, 0))
  return new Set(terms.map((term) => readOid(value, childAt(value, term, 0))))
}

/** requireExplicitPolicy, as how many certificates may still do without. */
function readConstraint({ extensions }: Certificate): number | undefined {
  const value = extensions.get(POLICY_CONSTRAINTS)?.value
  if (value === undefined) return undefined
  const skips = readChildren(value, readTlv(value, 0)).find(
    // [0] IMPLICIT INTEGER; some write it as if it were constructed.
    ({ tag }) => tag === 0x80 || tag === contextTag(0),
  )
  return skips && toNumber(contentOf(value, skips))
}

function readInhibition({ extensions }: Certificate): number | undefined {
  const value = extensions.get(INHIBIT_ANY_POLICY)?.value
  if (value === undefined) return undefined
  const skips = readTlv(value, 0)
  if (skips.tag !== TAG.integer) throw new RangeError('inhibitAnyPolicy is no number')
  return toNumber(contentOf(value, skips))
}

function toNumber(octets: Uint8Array): number {
  return octets.reduce((sum, octet) => Math.min(sum * 256 + octet, Number.MAX_SAFE_INTEGER), 0)
}
