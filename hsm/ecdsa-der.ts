/**
 * An ECDSA signature as CMS and X.509 carry it (`Ecdsa-Sig-Value`, RFC 3279 §2.2.3).
 *
 * @param raw - `r||s`, two unsigned numbers of the same length (PKCS#11 v2.40 §2.3.1).
 * @returns DER, at most 9 bytes longer.
 * @throws RangeError if the length is odd or none a curve of ours makes.
 */
export function ecdsaSignatureToDer(raw: Uint8Array): Uint8Array {
  // Up to 61 bytes a number keeps every length in the short form; P-384 needs 48.
  if (raw.length < 2 || raw.length > 122 || raw.length % 2 !== 0) {
    throw new RangeError(`An ECDSA signature of ${raw.length} bytes is not r||s`)
  }
  const half = raw.length / 2
  const r = unsignedInteger(raw.subarray(0, half))
  const s = unsignedInteger(raw.subarray(half))
  const der = new Uint8Array(2 + r.length + s.length)
  der.set([0x30, r.length + s.length])
  der.set(r, 2)
  der.set(s, 2 + r.length)
  return der
}

/** DER INTEGER: no leading zero but the one that keeps a number positive (X.690 §8.3). */
function unsignedInteger(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const digits = bytes.subarray(start)
  const pad = (digits[0] ?? 0) >= 0x80 ? 1 : 0
  const der = new Uint8Array(2 + pad + digits.length)
  der.set([0x02, pad + digits.length])
  der.set(digits, 2 + pad)
  return der
}
