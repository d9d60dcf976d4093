import type { SignDigest } from '../../hsm/algorithms.ts'
import { readSubject } from '../cms/certificate-parts.ts'
import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import {
  type CertIdForm,
  encodeCertId,
  formOf,
  isCertIdForm,
  isIssuedBy,
  type NamedIssuer,
} from '../pki/cert-id.ts'
import { type CertId, type OcspRequest, parseOcspRequest } from '../pki/ocsp-request.ts'
import {
  buildOcspResponse,
  encodeOcspFailure,
  type OcspAnswer,
  type OcspFailure,
  type OcspStatus,
} from '../pki/ocsp-response.ts'
import type { Issuing } from './issuing.ts'
import type { KeyMaker } from './model.ts'
import {
  findIssued,
  findResponder,
  findSigned,
  type IssuedRow,
  keepSigned,
  listDue,
  listSignedForms,
} from './ocsp-store.ts'
import { makeResponderKeys } from './responder-key.ts'
import { type AuthorityRow, findAuthority, findCertificateById } from './store.ts'

/** An answer is good for three days and made anew twice a day, so that an outage harms nobody. */
const VALID_MS = 3 * 86_400_000
const RENEWED_AFTER_MS = 12 * 3_600_000
const RENEWED_AT_ONCE = 200
/** Anybody may ask: more answers than these are not signed at the same time. */
const SIGNING_MAX = 32

/** DER `OCSPResponse`, and until when it may be given again to whoever asks the same. */
export interface OcspReply {
  readonly der: Uint8Array
  /** Unix ms; undefined for an answer to this request alone. */
  readonly current?: { readonly thisUpdate: number; readonly nextUpdate: number }
}

interface Deps {
  readonly db: Db
  readonly keys: KeyMaker
  readonly signDigest: SignDigest
  readonly build: Issuing['build']
  readonly now: () => number
}

interface Ca extends NamedIssuer {
  readonly row: AuthorityRow
}

/** The OCSP responder for both CAs (RFC 6960, RFC 5019, RFC 9654). */
export function makeOcspResponder({ db, keys, signDigest, build, now }: Deps) {
  const { signerOf } = makeResponderKeys({ db, keys, build, now })
  let signing = 0

  /** Answer a DER `OCSPRequest`, whatever is thrown. */
  async function answer(der: Uint8Array): Promise<OcspReply> {
    const request = parse(der)
    if (request === undefined) return failure('malformedRequest')
    const cas = await listCas()
    if (cas.length === 0) return failure('unauthorized')
    try {
      const signed = await findPrepared(request, cas)
      if (signed !== undefined && request.nonce === undefined) return signed
      if (signing >= SIGNING_MAX) return signed ?? failure('tryLater')
      return await answerNow(request, cas).catch((error) => {
        if (!isAway(error)) throw error
        return signed ?? failure('tryLater')
      })
    } catch (error) {
      if (isAway(error)) return failure('tryLater')
      throw error
    }
  }

  async function listCas(): Promise<Ca[]> {
    const rows = await Promise.all([findAuthority(db, 'issuing'), findAuthority(db, 'root')])
    return rows.flatMap((row) =>
      row === undefined ? [] : [{ row, name: readSubject(row.der), publicKey: row.public_key }],
    )
  }

  /** An answer that was signed before, for a request of one certificate. */
  async function findPrepared({ certIds }: OcspRequest, cas: readonly Ca[]) {
    const [certId, ...more] = certIds
    if (certId === undefined || more.length > 0) return undefined
    const ca = cas.find((candidate) => isIssuedBy(certId, candidate))
    const form = ca && formOf(certId, ca)
    if (ca === undefined || form === undefined) return undefined
    const wanted = { issuerId: ca.row.id, serial: certId.serial, form }
    const signed = await findSigned(db, wanted, now())
    return signed && toReply(signed)
  }

  async function answerNow(request: OcspRequest, cas: readonly Ca[]): Promise<OcspReply> {
    const { certIds, nonce } = request
    const issuers = certIds.map((certId) => cas.find((ca) => isIssuedBy(certId, ca)))
    const ca = issuers.find((issuer) => issuer !== undefined) ?? cas[0]
    if (ca === undefined) return failure('unauthorized')
    // What another CA issued this signer may not speak of: to it, it is unknown.
    const rows = await Promise.all(
      certIds.map((certId, index) =>
        issuers[index] === ca ? findIssued(db, ca.row.id, certId.serial) : undefined,
      ),
    )
    const [certId, ...more] = certIds
    const [row] = rows
    const form = certId && formOf(certId, ca)
    if (row !== undefined && form !== undefined && more.length === 0 && nonce === undefined) {
      return signAndKeep(ca, row, { serial: certId?.serial ?? '', form })
    }
    const said = certIds.map((id, index) => ({ id, says: statusOf(rows[index]) }))
    return { der: (await sign(ca, said, nonce)).der }
  }

  async function signAndKeep(
    ca: Ca,
    row: IssuedRow,
    { serial, form }: { serial: string; form: CertIdForm },
  ): Promise<OcspReply> {
    const id = { der: encodeCertId(form, ca, serial) }
    const { der, thisUpdate, nextUpdate } = await sign(ca, [{ id, says: statusOf(row) }])
    const kept = {
      ...{ certificate_id: row.id, form, version: row.version, der: Buffer.from(der) },
      ...{ this_update: thisUpdate, next_update: nextUpdate },
    }
    await keepSigned(db, kept)
    return toReply(kept)
  }

  async function sign(
    ca: Ca,
    said: readonly { id: Pick<CertId, 'der'>; says: OcspStatus }[],
    nonce?: Uint8Array,
  ) {
    signing += 1
    try {
      const thisUpdate = Math.floor(now() / 1000) * 1000
      const nextUpdate = thisUpdate + VALID_MS
      const answers = said.map(
        ({ id, says }): OcspAnswer => ({ certId: id.der, says, thisUpdate, nextUpdate }),
      )
      const response = { answers, producedAt: thisUpdate, nonce }
      const der = await buildOcspResponse(response, await signerOf(ca.row), signDigest)
      return { der, thisUpdate, nextUpdate }
    } finally {
      signing -= 1
    }
  }

  /** Make the answers anew that were given of a certificate which has changed; the HSM may be away. */
  async function signAnew(certificateId: string): Promise<void> {
    try {
      for (const form of await listSignedForms(db, certificateId)) await resign(certificateId, form)
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }

  async function resign(certificateId: string, form: string): Promise<void> {
    const certificate = await findCertificateById(db, certificateId)
    const ca = (await listCas()).find(({ row }) => row.id === certificate?.issuer_id)
    if (certificate === undefined || ca === undefined || !isCertIdForm(form)) return
    await signAndKeep(ca, certificate, { serial: certificate.serial, form })
  }

  /** Make the responders' certificates and the kept answers anew where they are half through. */
  async function signWhatIsDue(): Promise<void> {
    for (const { row } of await listCas()) {
      // Whom nobody has asked yet needs no key.
      if ((await findResponder(db, row.id, 0)) !== undefined) await signerOf(row)
    }
    const signedBefore = now() - RENEWED_AFTER_MS
    const due = await listDue(db, { signedBefore, now: now(), limit: RENEWED_AT_ONCE })
    for (const { certificate_id, form } of due) await resign(certificate_id, form)
  }

  return { answer, signAnew, signWhatIsDue }
}

function parse(der: Uint8Array): OcspRequest | undefined {
  try {
    return parseOcspRequest(der)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function isAway(error: unknown): boolean {
  return error instanceof AppError && error.code === 'hsm-unavailable'
}

function failure(what: OcspFailure): OcspReply {
  return { der: encodeOcspFailure(what) }
}

function toReply(signed: { der: Uint8Array; this_update: number; next_update: number }): OcspReply {
  const { der, this_update: thisUpdate, next_update: nextUpdate } = signed
  return { der, current: { thisUpdate, nextUpdate } }
}

function statusOf(row: IssuedRow | undefined): OcspStatus {
  if (row === undefined) return { status: 'unknown' }
  if (row.state !== 'revoked' && row.state !== 'suspended') return { status: 'good' }
  return { status: 'revoked', at: row.revoked_at ?? 0, reason: row.revocation_reason ?? 0 }
}
