/** The same octets as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Octets as characters, one each, without a copy in between. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return asBuffer(bytes).toString('latin1', start, end)
}

/** Characters up to U+00FF as octets. */
export function octets(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
