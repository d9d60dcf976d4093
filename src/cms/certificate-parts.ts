import { contextTag, encodeSequence, readChildren, readTlv, sliceTlv } from './der.ts'

/** `IssuerAndSerialNumber` of a certificate (RFC 5652 §10.2.4), its own octets. @throws RangeError. */
export function readIssuerAndSerial(certificate: Uint8Array): Uint8Array {
  const { serialNumber, issuer } = readTbsParts(certificate)
  return encodeSequence(issuer, serialNumber)
}

/** DER `Name` of a certificate's subject, its own octets. @throws RangeError. */
export function readSubject(certificate: Uint8Array): Uint8Array {
  return readTbsParts(certificate).subject
}

/** The parts of `TBSCertificate` that signatures and issued certificates name (RFC 5280 §4.1). */
function readTbsParts(certificate: Uint8Array) {
  const [tbs] = readChildren(certificate, readTlv(certificate, 0))
  if (tbs === undefined) throw new RangeError('the certificate is empty')
  const fields = readChildren(certificate, tbs)
  const hasVersion = fields[0]?.tag === contextTag(0)
  const [serialNumber, , issuer, , subject] = hasVersion ? fields.slice(1) : fields
  if (serialNumber === undefined || issuer === undefined || subject === undefined) {
    throw new RangeError('the certificate is cut short')
  }
  return {
    serialNumber: sliceTlv(certificate, serialNumber),
    issuer: sliceTlv(certificate, issuer),
    subject: sliceTlv(certificate, subject),
  }
}
