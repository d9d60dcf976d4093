const NAME_BYTES_MAX = 1024
const SEGMENT_BYTES_MAX = 255

/** C0, DEL, C1, the line and paragraph separators, what turns text round, halves of characters. */
const HIDDEN = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/u
/** Devices of Windows, with any extension (Naming Files, Paths, and Namespaces). */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/iu

const RULES: readonly (readonly [reason: string, isBroken: (segment: string) => boolean])[] = [
  ['it has an empty part', (segment) => segment === ''],
  ['it has a part “.” or “..”', (segment) => segment === '.' || segment === '..'],
  ['a part begins or ends with a space', (segment) => segment !== segment.trim()],
  ['a part ends with a dot', (segment) => segment.endsWith('.')],
  ['a part is a device of Windows', (segment) => RESERVED.test(segment)],
  [
    `a part has more than ${SEGMENT_BYTES_MAX} bytes`,
    (segment) => bytesOf(segment) > SEGMENT_BYTES_MAX,
  ],
]

/**
 * The name under which a document may be stored and given back: relative, its parts separated by
 * `/`, harmless to unpack on any system, in NFC.
 *
 * @returns The normalised name, or what is wrong with the one given, to follow “because”.
 */
export function safeName(given: string): { name: string } | { reason: string } {
  const name = given.normalize('NFC')
  if (name === '') return { reason: 'it is empty' }
  if (HIDDEN.test(name)) return { reason: 'it has control characters' }
  if (name.includes('\\')) return { reason: 'it has a backslash' }
  if (name.startsWith('/')) return { reason: 'it is absolute' }
  if (/^[a-z]:/i.test(name)) return { reason: 'it begins with a drive letter' }
  if (bytesOf(name) > NAME_BYTES_MAX) return { reason: `it has more than ${NAME_BYTES_MAX} bytes` }
  const segments = name.split('/')
  for (const [reason, isBroken] of RULES) if (segments.some(isBroken)) return { reason }
  return { name }
}

/** Equal for two safe names that a system may not tell apart: those that differ only by case. */
export function foldName(name: string): string {
  return name.toLowerCase().normalize('NFC')
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}
