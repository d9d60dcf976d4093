import { encodeTlv } from '../cms/der.ts'

const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18

/** `Time` (RFC 5280 §4.1.2.5): UTCTime through 2049, GeneralizedTime after. Unix ms, cut to seconds. */
export function encodeTime(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\..*/g, '')
  const isShort = new Date(ms).getUTCFullYear() < 2050
  const text = `${isShort ? digits.slice(2) : digits}Z`
  return encodeTlv(isShort ? UTC_TIME : GENERALIZED_TIME, Buffer.from(text, 'ascii'))
}
