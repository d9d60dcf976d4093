import { createHash } from 'node:crypto'
import { readChildren, readTlv } from '../cms/der.ts'
import { OID } from '../cms/oids.ts'
import { childAt, contentOf, type ParsedSignedData, parseAlgorithm } from '../cms/parse.ts'
import { hashOf, isWeakHash } from '../cms/verify.ts'
import type { PathVerdict } from '../pki/path.ts'
import type { Certificate } from '../pki/x509.ts'
import { type CmsVerdict, judgeCms } from './cms-verdict.ts'
import { type Finding, failed, undecided } from './finding.ts'
import { judgeSigner, parseCertificates, parseCrls, type Trust } from './trust.ts'

/** A timestamp token (RFC 3161 §2.4.2) judged up to an anchor, at the present time. */
export interface TimestampVerdict {
  /** Unix ms; undefined when it cannot be read. */
  readonly at: number | undefined
  readonly cms: CmsVerdict
  readonly path: PathVerdict | undefined
  readonly findings: readonly Finding[]
}

/**
 * @param imprint - Digest of what the token is of, by a hash of node's name.
 */
export async function judgeTimestamp(
  token: ParsedSignedData,
  imprint: (hash: string) => Promise<Uint8Array>,
  trust: Trust,
): Promise<TimestampVerdict> {
  const { content } = token
  const own = parseCertificates(token.certificates)
  const crls = [...trust.crls, ...parseCrls(token.crls)]
  const certificates = [...own, ...trust.certificates]
  const cms = await judgeCms({
    signedData: token,
    contentType: OID.tstInfo,
    digest: async (hash) =>
      createHash(hash)
        .update(content ?? '')
        .digest(),
    certificates,
  })
  const info = content && tolerant(() => readTstInfo(content))
  const judged = cms.signer && judgeTsa(cms.signer, { ...trust, certificates, crls })
  return {
    at: info?.at,
    cms,
    path: judged?.verdict,
    findings: [
      ...(info === undefined ? [UNREADABLE] : await imprintFindings(info, imprint)),
      ...cms.findings,
      ...(judged?.findings ?? []),
    ],
  }
}

function judgeTsa(tsa: Certificate, trust: Trust) {
  return judgeSigner(tsa, 'timestamping', trust)
}

const UNREADABLE = failed('FORMAT_FAILURE', 'The timestamp cannot be read.')

interface TstInfo {
  readonly at: number
  readonly hash: string | undefined
  readonly imprint: Uint8Array
}

/** `TSTInfo`: version, policy, messageImprint, serialNumber, genTime. @throws RangeError. */
function readTstInfo(content: Uint8Array): TstInfo {
  const [, , imprint, , genTime] = readChildren(content, readTlv(content, 0))
  if (imprint === undefined || genTime === undefined) throw new RangeError('it is cut short')
  return {
    at: readGenTime(Buffer.from(contentOf(content, genTime)).toString('latin1')),
    hash: hashOf(parseAlgorithm(content, childAt(content, imprint, 0)).oid),
    imprint: contentOf(content, childAt(content, imprint, 1)),
  }
}

/** GeneralizedTime in Zulu, to a fraction of a second if need be (RFC 3161 §2.4.2). Unix ms. */
function readGenTime(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(text)
  const [, y, mo, d, h, mi, s, fraction = ''] = match ?? []
  const ms = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}${fraction.slice(0, 4)}Z`)
  if (Number.isNaN(ms)) throw new RangeError('it has no time')
  return ms
}

async function imprintFindings(
  { hash, imprint }: TstInfo,
  digest: (hash: string) => Promise<Uint8Array>,
): Promise<Finding[]> {
  if (hash === undefined) {
    const reason = 'The hash that the timestamp is of is not known.'
    return [undecided('CRYPTO_CONSTRAINTS_FAILURE_NO_POE', reason)]
  }
  if (Buffer.compare(await digest(hash), imprint) !== 0) {
    return [failed('HASH_FAILURE', 'The timestamp is of something else.')]
  }
  if (!isWeakHash(hash)) return []
  const reason = `The timestamp rests on the hash ${hash}, which is too weak.`
  return [undecided('CRYPTO_CONSTRAINTS_FAILURE_NO_POE', reason)]
}

function tolerant<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
