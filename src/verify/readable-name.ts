import { readChildren, readTlv, sliceTlv, type Tlv } from '../cms/der.ts'
import { contentOf, readOid } from '../cms/parse.ts'

/** Short names of attributes (RFC 4514 §3 and X.520). */
const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '0.9.2342.19200300.100.1.25': 'DC',
}
const ORGANISATION_IDENTIFIER = '2.5.4.97'
const ATTRIBUTES_MAX = 64
const CHARACTERS_MAX = 1_024

/** The name as people read it (RFC 4514 §2), most particular part first. */
export function readableName(name: Uint8Array): string {
  const parts = attributesOf(name).map(([oid, value]) => `${SHORT[oid] ?? oid}=${escaped(value)}`)
  return parts.reverse().join(', ').slice(0, CHARACTERS_MAX)
}

/** `NTRFR-<siren>` and the like (ETSI EN 319 412-1 §5.1.4), or null. */
export function organisationIdentifierOf(name: Uint8Array): string | null {
  const found = attributesOf(name).find(([oid]) => oid === ORGANISATION_IDENTIFIER)
  return found === undefined ? null : visible(found[1]).slice(0, CHARACTERS_MAX)
}

function attributesOf(name: Uint8Array): (readonly [oid: string, value: string])[] {
  try {
    return readChildren(name, readTlv(name, 0))
      .slice(0, ATTRIBUTES_MAX)
      .flatMap((relativeName) => readChildren(name, relativeName).slice(0, ATTRIBUTES_MAX))
      .map((attribute) => {
        const [type, value] = readChildren(name, attribute)
        if (type === undefined || value === undefined) throw new RangeError('it is cut short')
        return [readOid(name, type), stringOf(name, value)] as const
      })
  } catch {
    return []
  }
}

const BMP_STRING = 0x1e
const TELETEX_STRING = 0x14

function stringOf(name: Uint8Array, value: Tlv): string {
  const octets = Buffer.from(contentOf(name, value))
  switch (value.tag) {
    case BMP_STRING:
      return octets
        .subarray(0, octets.length & ~1)
        .swap16()
        .toString('utf16le')
    case TELETEX_STRING:
      return octets.toString('latin1')
    default:
      return isText(value) ? octets.toString('utf8') : `#${hex(sliceTlv(name, value))}`
  }
}

/** UTF8String, NumericString, PrintableString, IA5String, VisibleString. */
function isText({ tag }: Tlv): boolean {
  return [0x0c, 0x12, 0x13, 0x16, 0x1a].includes(tag)
}

function escaped(value: string): string {
  return visible(value.replace(/[,+"\\<>;]/g, '\\$&'))
}

/** Control characters, also those that turn the direction of writing, would let a name lie. */
function visible(value: string): string {
  return value.replace(/[\p{Cc}\p{Cf}]/gu, (c) => `\\${hex(Buffer.from(c, 'utf8'))}`)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
