import { encodeOid, encodeSequence, encodeSetOf, encodeTlv, TAG } from '../cms/der.ts'

/** Attributes of a distinguished name that our certificates carry (X.520, ETSI EN 319 412-1). */
export interface NameParts {
  readonly country: string
  readonly organisation?: string
  /** `NTRFR-<siren>` and the like (ETSI EN 319 412-1 §5.1.4). */
  readonly organisationIdentifier?: string
  readonly givenName?: string
  readonly surname?: string
  readonly serialNumber?: string
  readonly commonName: string
}

const PRINTABLE_STRING = 0x13

const ATTRIBUTES: readonly (readonly [key: keyof NameParts, oid: string, tag: number])[] = [
  ['country', '2.5.4.6', PRINTABLE_STRING],
  ['organisation', '2.5.4.10', TAG.utf8String],
  ['organisationIdentifier', '2.5.4.97', TAG.utf8String],
  ['surname', '2.5.4.4', TAG.utf8String],
  ['givenName', '2.5.4.42', TAG.utf8String],
  ['serialNumber', '2.5.4.5', PRINTABLE_STRING],
  ['commonName', '2.5.4.3', TAG.utf8String],
]

/** DER `Name` (RFC 5280 §4.1.2.4), one attribute in each relative name, in the order above. */
export function encodeName(parts: NameParts): Uint8Array {
  return encodeSequence(
    ...ATTRIBUTES.flatMap(([key, oid, tag]) => {
      const value = parts[key]
      if (value === undefined) return []
      return [
        encodeSetOf([encodeSequence(encodeOid(oid), encodeTlv(tag, Buffer.from(value, 'utf8')))]),
      ]
    }),
  )
}

const SHORT: Partial<Record<keyof NameParts, string>> = {
  country: 'C',
  organisation: 'O',
  organisationIdentifier: 'organizationIdentifier',
  givenName: 'GN',
  surname: 'SN',
  serialNumber: 'serialNumber',
  commonName: 'CN',
}

/** The name as people read it (RFC 4514 §3), most particular part first. */
export function describeName(parts: NameParts): string {
  return ATTRIBUTES.flatMap(([key]) => {
    const value = parts[key]
    return value === undefined ? [] : [`${SHORT[key]}=${value.replace(/[,+"\\<>;]/g, '\\$&')}`]
  })
    .reverse()
    .join(', ')
}
