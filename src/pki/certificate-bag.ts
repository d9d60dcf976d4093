import { toDefiniteLengths } from '../cms/definite.ts'
import { contextTag, readChildren, readTlv, sliceTlv, TAG } from '../cms/der.ts'
import { OID } from '../cms/oids.ts'
import { childAt, readOid } from '../cms/parse.ts'

const BYTES_MAX = 1024 * 1024
const CERTIFICATES_MAX = 20
const PEM = /-----BEGIN (?:X509 |TRUSTED )?(?:CERTIFICATE|PKCS7|CMS)-----([\s\S]*?)-----END /g

/**
 * The certificates of a file as authorities send them: PEM with one or several, DER, or PKCS #7
 * without a signer (RFC 5652 §5.1), itself PEM or DER.
 *
 * @returns DER of each, in the order of the file.
 * @throws RangeError when there is none, or the file is larger than any honest one.
 */
export function readCertificateBag(file: Uint8Array): Uint8Array[] {
  if (file.length > BYTES_MAX) throw new RangeError('the file is too large')
  const blocks = [...Buffer.from(file).toString('latin1').matchAll(PEM)].map(([, base64 = '']) =>
    Uint8Array.from(Buffer.from(base64, 'base64')),
  )
  const found = (blocks.length === 0 ? [file] : blocks).flatMap(readDer)
  if (found.length === 0) throw new RangeError('there is no certificate in the file')
  if (found.length > CERTIFICATES_MAX) throw new RangeError('there are too many certificates')
  return found
}

/** `ContentInfo` begins with an OID, a certificate with a SEQUENCE. */
function readDer(ber: Uint8Array): Uint8Array[] {
  const der = toDefiniteLengths(ber)
  const outer = readTlv(der, 0)
  const [first, wrapped] = readChildren(der, outer)
  if (first?.tag !== TAG.oid) return [der.slice(0, outer.end)]
  if (wrapped === undefined || readOid(der, first) !== OID.signedData) {
    throw new RangeError('it is no SignedData')
  }
  const fields = readChildren(der, childAt(der, wrapped, 0))
  const carried = fields.find(({ tag }) => tag === contextTag(0))
  const certificates = carried === undefined ? [] : readChildren(der, carried)
  return certificates
    .filter(({ tag }) => tag === TAG.sequence)
    .map((certificate) => sliceTlv(der, certificate).slice())
}
