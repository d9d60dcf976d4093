import {
  DEFAULT_SIGNATURE_ALGORITHM,
  isKeyAlgorithm,
  type KeyAlgorithm,
} from '../../hsm/algorithms.ts'
import type { Db } from '../db/database.ts'
import { findAttribute } from '../pki/name.ts'
import type { OcspSigner } from '../pki/ocsp-response.ts'
import { toIssuer } from './issuer.ts'
import type { Issuing } from './issuing.ts'
import type { KeyMaker } from './model.ts'
import { findResponder } from './ocsp-store.ts'
import { registerCertificate, registerKey } from './register.ts'
import type { AuthorityRow } from './store.ts'

/** A responder gets its next certificate when a third of its thirty days is left. */
const RENEWED_BEFORE_MS = 10 * 86_400_000

interface Deps {
  readonly db: Db
  readonly keys: KeyMaker
  readonly build: Issuing['build']
  readonly now: () => number
}

/** The keys that sign OCSP answers: one for each CA, in the token, with a certificate that is renewed. */
export function makeResponderKeys({ db, keys, build, now }: Deps) {
  const making = new Map<string, Promise<OcspSigner>>()

  /**
   * Who answers for this CA: with the certificate there is, or one that is made now. While the HSM
   * is away the one from before serves on until it ends.
   */
  async function signerOf(ca: AuthorityRow): Promise<OcspSigner> {
    const fresh = await findResponder(
      db,
      ca.id,
      Math.min(now() + RENEWED_BEFORE_MS, ca.not_after - 1),
    )
    if (fresh !== undefined) return toSigner(fresh)
    const made = making.get(ca.id) ?? make(ca).finally(() => making.delete(ca.id))
    making.set(ca.id, made)
    return made.catch(async (error) => {
      const old = await findResponder(db, ca.id, now())
      if (old === undefined) throw error
      return toSigner(old)
    })
  }

  async function make(ca: AuthorityRow): Promise<OcspSigner> {
    const issuer = toIssuer(ca)
    const before = await findResponder(db, ca.id, 0)
    const algorithm = algorithmFor(ca.key_algorithm)
    const key =
      before === undefined ? await keys.generateKey({ algorithm, label: 'Sceau OCSP' }) : undefined
    const keyId = key?.keyId ?? before?.key_id ?? ''
    const publicKey = key?.publicKey ?? before?.public_key ?? new Uint8Array()
    const certificate = await build(issuer, {
      profile: 'ocsp',
      subject: responderName(issuer.name),
      publicKey,
    })
    await db.transaction().execute(async (tx) => {
      const at = certificate.created_at
      if (key !== undefined) await registerKey(tx, key, { purpose: 'ocsp', at })
      await registerCertificate(tx, { ...certificate, issuer_id: ca.id, key_id: keyId })
    })
    return toSigner({
      der: certificate.der,
      key_id: keyId,
      algorithm: before?.algorithm ?? algorithm,
      public_key: publicKey,
    })
  }

  return { signerOf }
}

/** Many signatures are asked of this key: it is no larger than it must be. */
function algorithmFor(caAlgorithm: string): KeyAlgorithm {
  return isKeyAlgorithm(caAlgorithm) && caAlgorithm.startsWith('rsa') ? 'rsa-3072' : 'p-256'
}

function responderName(issuer: Uint8Array) {
  const organisation = findAttribute(issuer, 'organisation')
  const organisationIdentifier = findAttribute(issuer, 'organisationIdentifier')
  return {
    country: findAttribute(issuer, 'country') ?? 'FR',
    ...(organisation !== undefined && { organisation }),
    ...(organisationIdentifier !== undefined && { organisationIdentifier }),
    commonName: `${findAttribute(issuer, 'commonName')} - OCSP`.slice(0, 64),
  }
}

function toSigner(row: {
  der: Uint8Array
  key_id: string
  algorithm: string
  public_key: Uint8Array
}): OcspSigner {
  if (!isKeyAlgorithm(row.algorithm)) throw new RangeError(`no kind of key: ${row.algorithm}`)
  return {
    certificate: row.der,
    keyId: row.key_id,
    algorithm: DEFAULT_SIGNATURE_ALGORITHM[row.algorithm],
    publicKey: row.public_key,
  }
}
