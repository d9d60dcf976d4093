import { latin1 } from './bytes.ts'
import { type PdfDict, type PdfValue, textString } from './values.ts'

type EncryptString = (bytes: Uint8Array) => Uint8Array

/** The text of a value, one character an octet. Strings are written in hexadecimal when not plain. */
export function serialise(value: PdfValue, encrypt?: EncryptString): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return serialiseNumber(value)
  switch (value.kind) {
    case 'name':
      return serialiseName(value.name)
    case 'string':
      return serialiseString(encrypt === undefined ? value.bytes : encrypt(value.bytes))
    case 'ref':
      return `${value.number} ${value.generation} R`
    case 'array':
      return `[${value.items.map((item) => serialise(item, encrypt)).join(' ')}]`
    case 'dict':
      return serialiseDict(value, encrypt)
  }
}

function serialiseDict({ entries }: PdfDict, encrypt?: EncryptString): string {
  let text = '<<'
  for (const [key, value] of entries) text += serialiseEntry(key, value, encrypt)
  return `${text}>>`
}

/** A key of a dictionary with its value. */
export function serialiseEntry(key: string, value: PdfValue, encrypt?: EncryptString): string {
  return `${serialiseName(key)} ${serialise(value, encrypt)}\n`
}

/** No exponents (ISO 32000-2 §7.3.3). */
function serialiseNumber(value: number): string {
  const text = String(value)
  if (!text.includes('e')) return text
  if (Math.abs(value) >= 1) return BigInt(value).toString()
  return value
    .toFixed(20)
    .replace(/\.?0+$/, '')
    .replace(/^-0$/, '0')
}

export function serialiseName(text: string): string {
  if (/^[A-Za-z0-9._+-]*$/.test(text)) return `/${text}`
  const escaped = text.replace(/[^!-~]|[#()<>[\]{}/%]/g, (character) => {
    return `#${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `/${escaped}`
}

/** A text string (ISO 32000-2 §7.9.2.2), by way of its octets only where they differ from it. */
export function serialiseText(text: string, encrypt?: EncryptString): string {
  return encrypt === undefined && PLAIN.test(text)
    ? serialisePlain(text)
    : serialise(textString(text), encrypt)
}

const PLAIN = /^[\x20-\x7e]*$/

function serialiseString(bytes: Uint8Array): string {
  const text = latin1(bytes)
  return PLAIN.test(text) ? serialisePlain(text) : `<${Buffer.from(bytes).toString('hex')}>`
}

function serialisePlain(text: string): string {
  return `(${text.replace(/[\\()]/g, '\\$&')})`
}
