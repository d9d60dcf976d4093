import { COMMON_PASSWORDS } from './common-passwords.ts'

export const PASSWORD_LENGTH_MIN = 12
/** More adds nothing to its strength; unbounded, it would cost memory. */
export const PASSWORD_LENGTH_MAX = 200

export type PasswordFault = 'too-short' | 'too-long' | 'common' | 'about-you'

/** Whose password it is to be. */
interface Owner {
  readonly givenName: string
  readonly familyName: string
  readonly email: string
}

/**
 * What is wrong with a password: length, being common, or holding the person's own name
 * (NIST SP 800-63B-4 §3.1.1). No mixture of signs is asked for: it makes no password stronger.
 *
 * @param password - In NFC.
 */
export function findPasswordFault(password: string, owner: Owner): PasswordFault | undefined {
  const length = [...password].length
  if (length < PASSWORD_LENGTH_MIN) return 'too-short'
  if (length > PASSWORD_LENGTH_MAX) return 'too-long'
  const folded = fold(password)
  if (wordsOf(owner).some((word) => folded.includes(word))) return 'about-you'
  return isCommon(folded) ? 'common' : undefined
}

/** A common word with digits and signs around it, or again and again, is as common as the word. */
function isCommon(folded: string): boolean {
  const stem = folded.replace(/^[^a-z]+|[^a-z]+$/g, '')
  const unit = /^(.{1,8}?)\1+$/.exec(folded)?.[1]
  return (
    [folded, stem, unleet(stem)].some((text) => COMMON_PASSWORDS.has(text)) ||
    stem.length < 4 ||
    unit !== undefined ||
    isRun(folded)
  )
}

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
}

function unleet(text: string): string {
  return [...text].map((sign) => LEET[sign] ?? sign).join('')
}

/** `abcdefghijkl`, `210987654321`: each sign is the neighbour of the one before. */
function isRun(text: string): boolean {
  const codes = [...text].map((sign) => sign.codePointAt(0) ?? 0)
  const steps = codes.slice(1).map((code, i) => code - (codes[i] ?? 0))
  return steps.every((step) => step === 1) || steps.every((step) => step === -1)
}

/** Parts of the names and of the address that are long enough to be meant. */
function wordsOf({ givenName, familyName, email }: Owner): string[] {
  const [local = ''] = email.split('@')
  return [givenName, familyName, local]
    .flatMap((text) => [fold(text), ...fold(text).split(/[^a-z0-9]+/)])
    .filter((word) => word.length >= 4)
}

/** Small letters without accents. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
