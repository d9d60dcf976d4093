/** What a person is in an organisation. */
export type MemberFunction =
  | 'president'
  | 'vice-president'
  | 'secretary-general'
  | 'treasurer'
  | 'elected'
  | 'permanent'
  | 'accountant'
  | 'staff'
  | 'external'
  | 'auditor'
  | 'security-officer'

export type OrganisationKind = 'council' | 'firm' | 'agc' | 'other'

/** The columns of the table, in its order. */
export const COLUMNS = [
  'president',
  'secretary-general',
  'permanent',
  'accountant',
  'external',
  'auditor',
  'security-officer',
  'api-client',
] as const

export type Column = (typeof COLUMNS)[number]

/** By which column each function is judged: what is not named there acts as permanent staff do. */
export const COLUMN_OF: Readonly<Record<MemberFunction, Exclude<Column, 'api-client'>>> = {
  president: 'president',
  'vice-president': 'permanent',
  'secretary-general': 'secretary-general',
  treasurer: 'permanent',
  elected: 'permanent',
  permanent: 'permanent',
  accountant: 'accountant',
  staff: 'permanent',
  external: 'external',
  auditor: 'auditor',
  'security-officer': 'security-officer',
}

/**
 * On which condition a column may do something:
 *
 * - `yes`, `no`.
 * - `own`: about oneself, or what is one's own.
 * - `firm`: in a firm, not in a council.
 * - `sign`, `prepare`, `seal`, `launch`, `verify`: by a delegation of this kind.
 * - `scope`: by a scope of the API client.
 * - `space`: what is one's own, or what the space shares.
 * - `second`: with a second person; `second-sign`: and by a delegation to sign.
 */
export type Cell =
  | 'yes'
  | 'no'
  | 'own'
  | 'firm'
  | DelegatedKind
  | 'scope'
  | 'space'
  | 'second'
  | 'second-sign'

export type DelegatedKind = 'sign' | 'prepare' | 'seal' | 'launch' | 'verify'

type Cells = readonly [Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell]

/**
 * Who may do what: the one table. Its columns are `COLUMNS`; `docs/RIGHTS.md` is made of it.
 * Everything is within one organisation, that of the act and of the actor.
 */
// biome-ignore format: a table is read by its columns.
export const MATRIX = {
  //                         president SG       permanent      accountant external auditor security  client
  'member.list':            ['yes',   'yes',    'no',          'firm',   'no',    'yes',  'yes',    'no'],
  'member.invite':          ['no',    'yes',    'no',          'firm',   'no',    'no',   'no',     'scope'],
  'member.change':          ['no',    'yes',    'no',          'firm',   'no',    'no',   'no',     'scope'],
  'member.suspend':         ['yes',   'yes',    'no',          'firm',   'no',    'no',   'yes',    'no'],
  'organisation.found':     ['yes',   'yes',    'no',          'yes',    'no',    'no',   'no',     'no'],
  'identity.verify':        ['no',    'yes',    'verify',      'no',     'no',    'no',   'no',     'no'],
  'enrolment.list':         ['yes',   'yes',    'verify',      'firm',   'no',    'no',   'yes',    'no'],
  'enrolment.manage':       ['no',    'yes',    'no',          'firm',   'no',    'no',   'no',     'no'],
  'draft.prepare':          ['yes',   'yes',    'prepare',     'yes',    'no',    'no',   'no',     'scope'],
  'collection.launch':      ['yes',   'yes',    'launch',      'yes',    'no',    'no',   'no',     'scope'],
  'slot.sign-own':          ['yes',   'own',    'own',         'yes',    'own',   'no',   'no',     'no'],
  'slot.sign-president':    ['yes',   'sign',   'sign',        'sign',   'no',    'no',   'no',     'no'],
  'slot.sign-technical':    ['own',   'no',     'no',          'own',    'no',    'no',   'no',     'no'],
  'slot.visa':              ['yes',   'own',    'own',         'own',    'own',   'no',   'no',     'no'],
  'seal.use':               ['yes',   'seal',   'seal',        'firm',   'no',    'no',   'no',     'seal'],
  'seal.list':              ['yes',   'yes',    'no',          'firm',   'no',    'yes',  'yes',    'no'],
  'delegation.grant-sign':  ['own',   'no',     'no',          'own',    'no',    'no',   'no',     'no'],
  'delegation.draft-sign':  ['no',    'yes',    'no',          'no',     'no',    'no',   'no',     'no'],
  'delegation.grant-work':  ['yes',   'yes',    'no',          'firm',   'no',    'no',   'no',     'no'],
  'delegation.grant-seal':  ['yes',   'no',     'no',          'firm',   'no',    'no',   'no',     'no'],
  'delegation.limit-seal':  ['no',    'yes',    'no',          'no',     'no',    'no',   'no',     'no'],
  'delegation.stand-by':    ['no',    'second', 'second-sign', 'no',     'no',    'no',   'second', 'no'],
  'certificate.list':       ['yes',   'yes',    'no',          'firm',   'no',    'yes',  'yes',    'no'],
  'certificate.suspend':    ['own',   'yes',    'own',         'own',    'own',   'no',   'yes',    'no'],
  'certificate.revoke':     ['own',   'yes',    'own',         'own',    'own',   'no',   'yes',    'no'],
  'certificate.renew':      ['own',   'own',    'own',         'own',    'own',   'own',  'own',    'no'],
  'collection.cancel':      ['own',   'yes',    'launch',      'own',    'no',    'no',   'no',     'scope'],
  'collection.read':        ['space', 'space',  'space',       'own',    'own',   'no',   'no',     'scope'],
  'journal.read':           ['own',   'yes',    'no',          'own',    'own',   'yes',  'yes',    'no'],
  'hsm.read':               ['no',    'yes',    'no',          'no',     'no',    'no',   'yes',    'no'],
  'hsm.manage':             ['no',    'no',     'no',          'no',     'no',    'no',   'second', 'no'],
  'authority.manage':       ['no',    'no',     'no',          'no',     'no',    'no',   'yes',    'no'],
  'settings.read':          ['no',    'yes',    'no',          'firm',   'no',    'no',   'yes',    'no'],
  'settings.change':        ['no',    'yes',    'no',          'firm',   'no',    'no',   'no',     'no'],
  'notice.list':            ['no',    'yes',    'no',          'no',     'no',    'no',   'no',     'no'],
} as const satisfies Readonly<Record<string, Cells>>

export type MatrixAction = keyof typeof MATRIX

/** Whoever holds a certificate may do this with it at any time, whatever he is and for whomever. */
export const HOLDERS_ACTS: readonly MatrixAction[] = [
  'certificate.suspend',
  'certificate.revoke',
  'certificate.renew',
]

/** What is of the whole appliance: for members of the organisation that owns it, and for no other. */
export const APPLIANCE_ACTS: readonly MatrixAction[] = [
  'hsm.read',
  'hsm.manage',
  'authority.manage',
  'settings.read',
]

/** What nobody may do about himself, whatever he is. */
export const NEVER_ABOUT_ONESELF: readonly MatrixAction[] = ['identity.verify']

/** What is always about oneself: for another there is another row, or none. */
export const ONLY_ABOUT_ONESELF: readonly MatrixAction[] = ['slot.sign-own']

/** The cell of a column. */
export function cellOf(action: MatrixAction, column: Column): Cell {
  return MATRIX[action][COLUMNS.indexOf(column)] ?? 'no'
}

/** Who may do something in organisations of a kind by function alone, upon no condition. */
export function functionsThatMay(
  action: MatrixAction,
  kind: OrganisationKind,
): readonly MemberFunction[] {
  return MEMBER_FUNCTIONS.filter((held) => {
    const cell = cellOf(action, COLUMN_OF[held])
    return cell === 'yes' || (cell === 'firm' && kind === 'firm')
  })
}

export const MEMBER_FUNCTIONS: readonly MemberFunction[] = [
  'president',
  'vice-president',
  'secretary-general',
  'treasurer',
  'elected',
  'permanent',
  'accountant',
  'staff',
  'external',
  'auditor',
  'security-officer',
]

export function isMemberFunction(text: string): text is MemberFunction {
  return MEMBER_FUNCTIONS.some((one) => one === text)
}
