import { contextTag, readChildren, readTlv, type Tlv } from '../cms/der.ts'
import { childAt, contentOf, readOid } from '../cms/parse.ts'
import type { Certificate } from './x509.ts'

const SUBJECT_ALT_NAME = '2.5.29.17'
const NAME_CONSTRAINTS = '2.5.29.30'
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'

/** Tags of `GeneralName` (RFC 5280 §4.2.1.6). */
const RFC822_NAME = 0x81
const DNS_NAME = 0x82
const DIRECTORY_NAME = 0xa4
const IP_ADDRESS = 0x87

interface GeneralName {
  readonly tag: number
  readonly content: Uint8Array
}

/**
 * Whether a CA lets whoever stands below it bear these names (RFC 5280 §4.2.1.10). Constraints on
 * kinds of names that we cannot compare let no such name through.
 */
export function permitsNames(ca: Certificate, below: Certificate): boolean {
  const value = ca.extensions.get(NAME_CONSTRAINTS)?.value
  if (value === undefined) return true
  try {
    const names = namesOf(below)
    const { permitted, excluded } = readConstraints(value)
    return names.every((name) => {
      if (excluded.some((base) => base.tag === name.tag && isWithin(name, base, true))) return false
      const bases = permitted.filter(({ tag }) => tag === name.tag)
      return bases.length === 0 || bases.some((base) => isWithin(name, base, false))
    })
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function readConstraints(value: Uint8Array) {
  const fields = readChildren(value, readTlv(value, 0))
  const subtrees = (tag: number) => {
    const list = fields.find((field) => field.tag === tag)
    return list === undefined ? [] : readChildren(value, list).map((tree) => readBase(value, tree))
  }
  return { permitted: subtrees(contextTag(0)), excluded: subtrees(contextTag(1)) }
}

/** A subtree with a minimum or maximum is of no standard (RFC 5280 §4.2.1.10). */
function readBase(der: Uint8Array, tree: Tlv): GeneralName {
  const [base, ...more] = readChildren(der, tree)
  if (base === undefined || more.length > 0) throw new RangeError('a subtree beyond us')
  return toGeneralName(der, base)
}

function toGeneralName(der: Uint8Array, tlv: Tlv): GeneralName {
  return { tag: tlv.tag, content: contentOf(der, tlv) }
}

function namesOf({ subject, extensions }: Certificate): GeneralName[] {
  const value = extensions.get(SUBJECT_ALT_NAME)?.value
  const alternative =
    value === undefined
      ? []
      : readChildren(value, readTlv(value, 0)).map((name) => toGeneralName(value, name))
  const hasSubject = readChildren(subject, readTlv(subject, 0)).length > 0
  const emails = readAttributes(subject).filter(({ oid }) => oid === EMAIL_ADDRESS)
  return [
    ...alternative,
    ...(hasSubject ? [{ tag: DIRECTORY_NAME, content: subject }] : []),
    ...emails.map(({ content }) => ({ tag: RFC822_NAME, content })),
  ]
}

/** @param isUnknownWithin - What to say of a kind of name that we cannot compare. */
function isWithin(name: GeneralName, base: GeneralName, isUnknownWithin: boolean): boolean {
  switch (name.tag) {
    case DIRECTORY_NAME:
      return isDirectoryWithin(name.content, base.content)
    case DNS_NAME:
      return isHostWithin(textOf(name), textOf(base))
    case RFC822_NAME:
      return isMailboxWithin(textOf(name), textOf(base))
    case IP_ADDRESS:
      return isAddressWithin(name.content, base.content)
    default:
      return isUnknownWithin
  }
}

function textOf({ content }: GeneralName): string {
  return Buffer.from(content).toString('latin1')
}

function isHostWithin(host: string, base: string): boolean {
  const [lowHost, lowBase] = [host.toLowerCase(), base.toLowerCase().replace(/^\./, '')]
  if (lowBase === '') return true
  return lowHost.endsWith(`.${lowBase}`) || (lowHost === lowBase && !base.startsWith('.'))
}

function isMailboxWithin(mailbox: string, base: string): boolean {
  const at = mailbox.lastIndexOf('@')
  const [local, host] = [mailbox.slice(0, at), mailbox.slice(at + 1).toLowerCase()]
  const baseAt = base.lastIndexOf('@')
  const baseHost = base.slice(baseAt + 1).toLowerCase()
  if (baseAt >= 0) return local === base.slice(0, baseAt) && host === baseHost
  return baseHost.startsWith('.') ? host.endsWith(baseHost) : host === baseHost
}

/** Address and mask, one after the other. */
function isAddressWithin(address: Uint8Array, base: Uint8Array): boolean {
  if (base.length !== address.length * 2) return false
  return address.every((octet, index) => {
    const mask = base[address.length + index] ?? 0xff
    return (octet & mask) === ((base[index] ?? 0) & mask)
  })
}

/** Whether a name begins with all the relative names of another. */
function isDirectoryWithin(name: Uint8Array, base: Uint8Array): boolean {
  const [names, bases] = [readRelativeNames(name), readRelativeNames(base)]
  return bases.length <= names.length && bases.every((one, index) => one === names[index])
}

/** Relative names in a form to be compared: without case, double blanks, and kinds of strings. */
function readRelativeNames(name: Uint8Array): string[] {
  const outer = readTlv(name, 0)
  return readChildren(name, outer).map((relative) =>
    readChildren(name, relative)
      .map((attribute) => {
        const { oid, text } = readAttribute(name, attribute)
        return `${oid}=${text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')}`
      })
      .sort()
      .join('+'),
  )
}

function readAttributes(name: Uint8Array) {
  return readChildren(name, readTlv(name, 0)).flatMap((relative) =>
    readChildren(name, relative).map((attribute) => readAttribute(name, attribute)),
  )
}

const BMP_STRING = 0x1e
const LATIN = new Set([0x13, 0x14, 0x16, 0x12])

function readAttribute(name: Uint8Array, attribute: Tlv) {
  const value = childAt(name, attribute, 1)
  const content = contentOf(name, value)
  const octets = Buffer.from(content)
  const decode = () => {
    if (LATIN.has(value.tag)) return octets.toString('latin1')
    return value.tag === BMP_STRING
      ? Buffer.from(octets).swap16().toString('utf16le')
      : octets.toString('utf8')
  }
  return { oid: readOid(name, childAt(name, attribute, 0)), content, text: decode() }
}
