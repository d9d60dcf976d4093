import {
  encodeOid,
  encodeSequence,
  encodeSetOf,
  encodeTlv,
  readChildren,
  readTlv,
  sliceTlv,
  TAG,
} from '../cms/der.ts'

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

/** In the order they stand in a name. */
const ATTRIBUTES: readonly (readonly [
  key: keyof NameParts,
  oid: string,
  tag: number,
  /** As people read it (RFC 4514 §3). */
  short: string,
])[] = [
  ['country', '2.5.4.6', PRINTABLE_STRING, 'C'],
  ['organisation', '2.5.4.10', TAG.utf8String, 'O'],
  ['organisationIdentifier', '2.5.4.97', TAG.utf8String, 'organizationIdentifier'],
  ['surname', '2.5.4.4', TAG.utf8String, 'SN'],
  ['givenName', '2.5.4.42', TAG.utf8String, 'GN'],
  ['serialNumber', '2.5.4.5', PRINTABLE_STRING, 'serialNumber'],
  ['commonName', '2.5.4.3', TAG.utf8String, 'CN'],
]

/** DER `Name` (RFC 5280 §4.1.2.4), one attribute in each relative name. */
export function encodeName(parts: NameParts): Uint8Array {
  const relativeNames = ATTRIBUTES.flatMap(([key, oid, tag]) => {
    const value = parts[key]
    if (value === undefined) return []
    const attribute = encodeSequence(encodeOid(oid), encodeTlv(tag, Buffer.from(value, 'utf8')))
    return [encodeSetOf([attribute])]
  })
  return encodeSequence(...relativeNames)
}

/** One attribute of a DER `Name` that `encodeName` wrote, or undefined. */
export function findAttribute(name: Uint8Array, wanted: keyof NameParts): string | undefined {
  const oid = ATTRIBUTES.find(([key]) => key === wanted)?.[1]
  for (const relativeName of readChildren(name, readTlv(name, 0))) {
    const [attribute] = readChildren(name, relativeName)
    const [type, value] = attribute === undefined ? [] : readChildren(name, attribute)
    if (oid === undefined || type === undefined || value === undefined) continue
    if (Buffer.compare(sliceTlv(name, type), encodeOid(oid)) !== 0) continue
    return Buffer.from(name.subarray(value.contentStart, value.end)).toString('utf8')
  }
  return undefined
}

/** The name as people read it (RFC 4514 §3), most particular part first. */
export function describeName(parts: NameParts): string {
  return ATTRIBUTES.flatMap(([key, , , short]) => {
    const value = parts[key]
    return value === undefined ? [] : [`${short}=${value.replace(/[,+"\\<>;]/g, '\\$&')}`]
  })
    .reverse()
    .join(', ')
}

/** The attributes of a DER `Name` that `encodeName` wrote, to write it again. */
export function readName(name: Uint8Array): NameParts {
  const parts: { -readonly [Key in keyof NameParts]?: string } = {}
  for (const [key] of ATTRIBUTES) {
    const value = findAttribute(name, key)
    if (value !== undefined) parts[key] = value
  }
  const { country, commonName, ...rest } = parts
  if (country === undefined || commonName === undefined) throw new RangeError('no name of ours')
  return { country, ...rest, commonName }
}
