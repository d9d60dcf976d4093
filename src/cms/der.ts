/** DER tags used by certificates and CMS (ITU-T X.690). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
} as const

/** Tag of a constructed context-specific field. */
export function contextTag(number: number): number {
  return 0xa0 | number
}

/** Octets of tag and length for content of this size (ITU-T X.690 §10.1: definite, shortest form). */
export function encodeHeader(tag: number, contentBytes: number): Uint8Array {
  if (contentBytes < 0x80) return Uint8Array.of(tag, contentBytes)
  const octets: number[] = []
  for (let rest = contentBytes; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Uint8Array.of(tag, 0x80 | octets.length, ...octets)
}

/** One tag-length-value from the parts of its content. */
export function encodeTlv(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const bytes = content.reduce((sum, part) => sum + part.length, 0)
  return concat([encodeHeader(tag, bytes), ...content])
}

export function encodeSequence(...content: readonly Uint8Array[]): Uint8Array {
  return encodeTlv(TAG.sequence, ...content)
}

/** SET OF: its elements in ascending order of their encodings (ITU-T X.690 §11.6). */
export function encodeSetOf(elements: readonly Uint8Array[]): Uint8Array {
  return encodeTlv(TAG.set, ...sortSetOf(elements))
}

export function sortSetOf(elements: readonly Uint8Array[]): Uint8Array[] {
  return [...elements].sort(Buffer.compare)
}

/** A non-negative INTEGER from big-endian octets, in the fewest octets (ITU-T X.690 §8.3.2). */
export function encodeUnsigned(bigEndian: Uint8Array): Uint8Array {
  let first = 0
  while (first < bigEndian.length - 1 && bigEndian[first] === 0) first += 1
  const magnitude = bigEndian.subarray(first)
  const needsSign = magnitude.length === 0 || (magnitude[0] ?? 0) >= 0x80
  return encodeTlv(TAG.integer, needsSign ? Uint8Array.of(0) : new Uint8Array(), magnitude)
}

export function encodeSmallInteger(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0x7f) {
    throw new RangeError(`${value} does not fit one octet`)
  }
  return Uint8Array.of(TAG.integer, 1, value)
}

/** OBJECT IDENTIFIER from its dotted form (ITU-T X.690 §8.19). */
export function encodeOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const octets = [first * 40 + second, ...rest].flatMap(base128)
  return encodeTlv(TAG.oid, Uint8Array.from(octets))
}

function base128(value: number): number[] {
  const octets = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    octets.unshift(0x80 | (rest % 128))
  }
  return octets
}

export const NULL = Uint8Array.of(TAG.null, 0)

/** One element of DER: where its content stands in the octets it was read from. */
export interface Tlv {
  readonly tag: number
  readonly start: number
  readonly contentStart: number
  readonly end: number
}

/**
 * The element at an offset.
 *
 * @throws RangeError when it is cut short, of indefinite length, longer than 2^32 octets or of a tag
 *   above 30, which no structure of ours has.
 */
export function readTlv(der: Uint8Array, start: number): Tlv {
  const tag = der[start]
  const first = der[start + 1]
  if (tag === undefined || first === undefined) throw new RangeError(`DER ends at ${start}`)
  if ((tag & 0x1f) === 0x1f) throw new RangeError(`no tag of one octet at ${start}`)
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || lengthOctets > 4) throw new RangeError(`no definite length at ${start}`)
  let length = first < 0x80 ? first : 0
  for (let i = 0; i < lengthOctets; i += 1) length = length * 256 + (der[start + 2 + i] ?? 0)
  const contentStart = start + 2 + lengthOctets
  const end = contentStart + length
  if (end > der.length) throw new RangeError(`DER element at ${start} goes past the end`)
  return { tag, start, contentStart, end }
}

/** The elements inside a constructed one. @throws RangeError. */
export function readChildren(der: Uint8Array, parent: Tlv): Tlv[] {
  const children: Tlv[] = []
  for (let at = parent.contentStart; at < parent.end; ) {
    const child = readTlv(der, at)
    if (child.end > parent.end) throw new RangeError(`DER element at ${at} leaves its parent`)
    children.push(child)
    at = child.end
  }
  return children
}

export function sliceTlv(der: Uint8Array, { start, end }: Tlv): Uint8Array {
  return der.subarray(start, end)
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
