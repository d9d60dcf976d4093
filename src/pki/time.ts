import { encodeTlv } from '../cms/der.ts'

const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18

/** `Time` (RFC 5280 §4.1.2.5): UTCTime through 2049, GeneralizedTime after. Unix ms, cut to seconds. */
export function encodeTime(ms: number): Uint8Array {
  if (new Date(ms).getUTCFullYear() >= 2050) return encodeGeneralizedTime(ms)
  return encodeTlv(UTC_TIME, Buffer.from(digitsOf(ms).slice(2), 'ascii'))
}

/** GeneralizedTime in Zulu, without fractions. Unix ms, cut to seconds. */
export function encodeGeneralizedTime(ms: number): Uint8Array {
  return encodeTlv(GENERALIZED_TIME, Buffer.from(digitsOf(ms), 'ascii'))
}

function digitsOf(ms: number): string {
  return `${new Date(ms).toISOString().replace(/[-:T]|\..*/g, '')}Z`
}
