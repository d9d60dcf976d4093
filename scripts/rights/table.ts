import {
  APPLIANCE_ACTS,
  type Cell,
  COLUMN_OF,
  COLUMNS,
  type Column,
  cellOf,
  HOLDERS_ACTS,
  MATRIX,
  type MatrixAction,
  MEMBER_FUNCTIONS,
  NEVER_ABOUT_ONESELF,
  ONLY_ABOUT_ONESELF,
} from '../../src/rights/matrix.ts'

const HEADS: Readonly<Record<Column, string>> = {
  president: 'President',
  'secretary-general': 'Secretary General',
  permanent: 'Permanent staff',
  accountant: 'Accountant',
  external: 'External',
  auditor: 'Auditor',
  'security-officer': 'Security officer',
  'api-client': 'API client',
}

const CELLS: Readonly<Record<Cell, string>> = {
  yes: '●',
  no: '–',
  own: '○ own',
  firm: '● in a firm',
  sign: '◇ sign',
  prepare: '◇ prepare',
  seal: '◇ seal',
  launch: '◇ launch',
  verify: '◇ verify',
  scope: '◇ scope',
  space: '○ own or shared',
  second: '● with a second person',
  'second-sign': '◇ sign, with a second person',
}

/** `docs/RIGHTS.md`: the table of rights as people read it. */
export function describeRights(): string {
  const actions = Object.keys(MATRIX).filter(isAction)
  const columns = COLUMNS.map((column) => HEADS[column])
  const others = MEMBER_FUNCTIONS.filter((held) => COLUMN_OF[held] !== held)
  const lines = [
    '# Who may do what',
    '',
    'Made of the table in `src/rights/matrix.ts` by `node dist/scripts/rights.js`; a test fails when',
    'it is not current. `can()` in `src/rights/can.ts` reads the same table at the moment of every act.',
    '',
    '● yes · ○ only about oneself or what is one’s own · ◇ by a delegation of this kind, or a scope ·',
    '– no. Everything is within one organisation: that of the act and that of the actor.',
    '',
    `| Act | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...actions.map((action) => {
      const cells = COLUMNS.map((column) => CELLS[cellOf(action, column)])
      return `| \`${action}\` | ${cells.join(' | ')} |`
    }),
    '',
    `- Judged as permanent staff: ${others.join(', ')}.`,
    `- Of the whole appliance, for members of the organisation that owns it alone: ${named(APPLIANCE_ACTS)}.`,
    `- About oneself never: ${named(NEVER_ABOUT_ONESELF)}.`,
    `- About oneself only: ${named(ONLY_ABOUT_ONESELF)}.`,
    `- With his own certificate every holder may at any time: ${named(HOLDERS_ACTS)}.`,
    '- Functions count from their first day to the midnight of their last, Europe/Paris; several',
    '  functions allow what any of them allows.',
    '- Nobody administers the members of an organisation and is its security officer at a time.',
    '- An organisation is never left without an administrator, and its last one cannot suspend',
    '  himself.',
    '- A program seals by its own delegations (`seal.apply`, docs/API.md).',
  ]
  return `${lines.join('\n')}\n`
}

function named(actions: readonly MatrixAction[]): string {
  return actions.map((action) => `\`${action}\``).join(', ')
}

function isAction(text: string): text is MatrixAction {
  return text in MATRIX
}
