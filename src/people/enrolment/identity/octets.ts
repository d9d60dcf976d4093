/** Big-endian numbers of a file. What lies beyond its end is zero: lengths are checked first. */
export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

export function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 0x1_0000 + uint16(bytes, at + 2)
}

export function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, start.length), start) === 0
}

/** ASCII, as headers of formats are. */
export function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}
