import type { Column, MatrixAction } from '../../src/rights/matrix.ts'

/**
 * The matrix of the domain as it was written, with its readings: ● yes, ○ own only, ◇ by a
 * delegation of this kind (or a scope), × no; `firm` in firms, `2nd` with a second person, `space`
 * what the space shares. «Suspend member, ○» of partners is read as «in his own firm».
 */
const TABLE = `
member.invite         | × | ●      | ×           | ● firm | × | × | ×     | ◇ scope
member.change         | × | ●      | ×           | ● firm | × | × | ×     | ◇ scope
identity.verify       | × | ●      | ◇ verify    | ×      | × | × | ×     | ×
member.suspend        | ● | ●      | ×           | ● firm | × | × | ●     | ×
draft.prepare         | ● | ●      | ◇ prepare   | ●      | × | × | ×     | ◇ scope
collection.launch     | ● | ●      | ◇ launch    | ●      | × | × | ×     | ◇ scope
slot.sign-own         | ● | ○      | ○           | ●      | ○ | × | ×     | ×
slot.sign-president   | ● | ◇ sign | ◇ sign      | ◇ sign | × | × | ×     | ×
slot.sign-technical   | ○ | ×      | ×           | ○      | × | × | ×     | ×
slot.visa             | ● | ○      | ○           | ○      | ○ | × | ×     | ×
seal.use              | ● | ◇ seal | ◇ seal      | ● firm | × | × | ×     | ×
delegation.grant-sign | ○ | ×      | ×           | ○      | × | × | ×     | ×
delegation.draft-sign | × | ●      | ×           | ×      | × | × | ×     | ×
delegation.grant-work | ● | ●      | ×           | ● firm | × | × | ×     | ×
delegation.grant-seal | ● | ×      | ×           | ● firm | × | × | ×     | ×
delegation.limit-seal | × | ●      | ×           | ×      | × | × | ×     | ×
delegation.stand-by   | × | ● 2nd  | ◇ sign 2nd  | ×      | × | × | ● 2nd | ×
certificate.revoke    | ○ | ●      | ○           | ○      | ○ | × | ●     | ×
collection.cancel     | ○ | ●      | ◇ launch    | ○      | × | × | ×     | ◇ scope
collection.read       | ○ space | ○ space | ○ space | ○  | ○ | × | ×     | ◇ scope
journal.read          | ○ | ●      | ×           | ○      | ○ | ● | ●     | ×
hsm.manage            | × | ×      | ×           | ×      | × | × | ● 2nd | ×
settings.change       | × | ●      | ×           | ● firm | × | × | ×     | ×
`

const ORDER: readonly Column[] = [
  'president',
  'secretary-general',
  'permanent',
  'accountant',
  'external',
  'auditor',
  'security-officer',
  'api-client',
]

/** A row of the domain: what the table of rights calls it, and its cells by their columns. */
export interface DomainRow {
  readonly action: string
  readonly cells: ReadonlyMap<Column, readonly string[]>
}

export const DOMAIN_ROWS: readonly DomainRow[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [action = '', ...cells] = line.split('|').map((cell) => cell.trim())
    return { action, cells: new Map(cells.map((cell, at) => [columnAt(at), cell.split(' ')])) }
  })

function columnAt(place: number): Column {
  const column = ORDER[place]
  if (column === undefined) throw new Error('a row of the domain has too many cells')
  return column
}

/** The acts of this product that the domain's table does not name. */
export const UNNAMED: readonly MatrixAction[] = [
  'member.list',
  'organisation.found',
  'enrolment.list',
  'enrolment.manage',
  'seal.list',
  'certificate.list',
  'certificate.suspend',
  'certificate.renew',
  'hsm.read',
  'authority.manage',
  'settings.read',
  'notice.list',
]
