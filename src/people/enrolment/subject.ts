import { createHash } from 'node:crypto'

/** The holder's name in his certificate (ETSI EN 319 412-2 §4.2.4). */
export interface HolderName {
  readonly country: string
  readonly givenName: string
  readonly surname: string
  readonly serialNumber: string
  readonly commonName: string
}

/**
 * Name of a natural person: country, given name, surname, common name, and a serial number that
 * makes it unique. The number is a pseudonym: always the same for this person, and of no use
 * anywhere else.
 */
export function holderName(person: {
  readonly id: string
  readonly givenName: string
  readonly familyName: string
}): HolderName {
  const { id, givenName, familyName } = person
  return {
    country: 'FR',
    givenName,
    surname: familyName,
    serialNumber: pseudonymOf(id),
    commonName: `${givenName} ${familyName}`,
  }
}

const PSEUDONYM_DIGITS = 24

function pseudonymOf(personId: string): string {
  const digest = createHash('sha256').update(`sceau/holder/v1\0${personId}`).digest('hex')
  return `S-${digest.slice(0, PSEUDONYM_DIGITS).toUpperCase()}`
}

/** How keys of enrolments are called in the HSM: no name, so that it can be forgotten. */
const LABEL_PREFIX = 'sceau enrolment '

export function keyLabelOf(enrolmentId: string): string {
  return `${LABEL_PREFIX}${enrolmentId}`
}

/** The enrolment a key was made for, if its label is one of ours. */
export function enrolmentOfLabel(label: string): string | undefined {
  return label.startsWith(LABEL_PREFIX) ? label.slice(LABEL_PREFIX.length) : undefined
}
