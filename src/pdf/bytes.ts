/** Octets as characters, one each, without a copy in between. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', start, end)
}

/** Characters up to U+00FF as octets. */
export function octets(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
