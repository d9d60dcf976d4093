import {
  constants,
  createPrivateKey,
  generateKeyPairSync,
  privateEncrypt,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import type { SignDigest } from '../../hsm/algorithms.ts'
import type { TlsIdentity } from '../authority/tls.ts'
import { encodeOid, encodeSequence, encodeTlv, NULL, TAG } from '../cms/der.ts'
import { HASH_OID } from '../cms/oids.ts'
import { buildCertificate } from '../pki/certificate.ts'
import { encodeName } from '../pki/name.ts'

const VALID_MS = 30 * 24 * 3_600_000
const MODULUS_BITS = 3072
/** A clock that is a little behind must not refuse it. */
const BACKDATED_MS = 3_600_000

/**
 * A TLS identity for one start, before there is an authority that could issue one. Nobody can know
 * it but by its fingerprint; it is kept nowhere.
 *
 * @param now - Unix ms.
 */
export async function makeSelfSigned(hosts: readonly string[], now: number): Promise<TlsIdentity> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: MODULUS_BITS,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const [commonName = 'localhost'] = hosts
  const subject = { country: 'FR', commonName }
  const notBefore = Math.floor((now - BACKDATED_MS) / 1000) * 1000
  const notAfter = notBefore + VALID_MS
  const { der } = await buildCertificate(
    { profile: 'tls', subject, publicKey, hosts, serial: randomBytes(20), notBefore, notAfter },
    { name: encodeName(subject), keyId: '', algorithm: 'rsa-pkcs1-sha256', publicKey, notAfter },
    signWith(privateKey),
  )
  return { key: privateKey, cert: new X509Certificate(der).toString() }
}

/** SHA-256 of a certificate as browsers show it: pairs of hex digits by colons. */
export function fingerprintOf(pemOrDer: string | Uint8Array): string {
  return new X509Certificate(pemOrDer).fingerprint256
}

/** Node signs messages only: the digest is put into its `DigestInfo` here (RFC 8017 §9.2). */
function signWith(privateKey: string): SignDigest {
  const key = createPrivateKey(privateKey)
  const identifier = encodeSequence(encodeOid(HASH_OID.sha256), NULL)
  return async ({ digest }) =>
    privateEncrypt(
      { key, padding: constants.RSA_PKCS1_PADDING },
      encodeSequence(identifier, encodeTlv(TAG.octetString, digest)),
    )
}
