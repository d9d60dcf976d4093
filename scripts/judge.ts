/**
 * `node dist/scripts/judge.js TOOLS [SAMPLE …]`, from the repository's root: seals every sample
 * through the API of an appliance made for it, and has `TOOLS/judge.sh` judge each file. The sealed
 * files stay in `data/judge`. Exit code 1 when one judge finds a fault, 2 when there is no judge.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { table } from '../src/cli/output.ts'
import { type JudgedAppliance, startJudgedAppliance } from './judge/appliance.ts'
import { PLACES } from './judge/places.ts'

const KEYS = ['rsa-3072', 'p-256'] as const
const JUDGES = ['checker', 'poppler', 'pyhanko', 'dss', 'verapdf'] as const
const DIR = 'data/judge'
const TIMES_IN_A_ROW = 5

/** One file to be judged. */
interface Attempt {
  readonly name: string
  readonly kind: string
  readonly key: KeyAlgorithm
  readonly original: string
  readonly options: Readonly<Record<string, string>>
}

/** What each judge said: `pass`, `FAIL …` or `skip`. */
type Verdicts = Readonly<Record<string, string>>

const [tools, ...names] = process.argv.slice(2)
if (tools === undefined || !existsSync(join(tools, 'judge.sh'))) {
  console.error('Say where judge.sh lies: node dist/scripts/judge.js TOOLS [SAMPLE …]')
  process.exit(2)
}
const judgeScript = join(tools, 'judge.sh')
rmSync(DIR, { recursive: true, force: true })
mkdirSync(join(DIR, 'sealed'), { recursive: true })
const samples = readdirSync('samples')
  .filter((name) => name.endsWith('.pdf') && (names.length === 0 || names.includes(name)))
  .sort()
const appliance = await startJudgedAppliance(DIR, KEYS)
const rows: string[][] = []
try {
  for (const attempt of samples.flatMap(attemptsOf)) await judgeOne(appliance, attempt)
  await judgeRow(appliance)
} finally {
  await appliance.stop()
}
console.log(`\n${table([['document', 'seal', 'key', ...JUDGES], ...rows])}`)
const failed = rows.filter((row) => row.some((cell) => cell.startsWith('FAIL'))).length
console.log(`\n${rows.length - failed} of ${rows.length} files pass every judge`)
process.exitCode = failed === 0 && rows.length > 0 ? 0 : 1

function attemptsOf(name: string): Attempt[] {
  const place = PLACES[name] ?? '40,40,220,72'
  const kinds = [
    { kind: 'invisible', options: {} },
    { kind: 'visible', options: { page: '-1', rect: place, reason: 'Validation du conseil' } },
    ...(name === 'demande-inscription.pdf'
      ? [{ kind: 'in a field', options: { field: 'signature_candidat' } }]
      : []),
  ]
  return kinds.flatMap(({ kind, options }) => {
    return KEYS.map((key) => ({ name, kind, key, options, original: join('samples', name) }))
  })
}

/** The same file sealed again and again; the judges look at every signature in the last one. */
async function judgeRow({ root, crls, seal }: JudgedAppliance): Promise<void> {
  const name = samples[0]
  if (name === undefined) return
  let original = join('samples', name)
  for (let time = 1; time <= TIMES_IN_A_ROW; time += 1) {
    const key = KEYS[time % KEYS.length] ?? KEYS[0]
    const rect = `${20 + 110 * (time - 1)},10,100,30`
    const options = time % 2 === 0 ? { page: '1', rect } : {}
    const sealed = join(DIR, 'sealed', `${time}-times-${name}`)
    writeFileSync(sealed, await seal(readFileSync(original), key, options))
    if (time === TIMES_IN_A_ROW) {
      const verdicts = askJudges(original, sealed, { root, crls })
      enter([name, `${time} in a row`, 'both'], verdicts)
    }
    original = sealed
  }
}

async function judgeOne(
  { root, crls, seal }: JudgedAppliance,
  { name, kind, key, original, options }: Attempt,
): Promise<void> {
  const sealed = join(DIR, 'sealed', `${kind.replaceAll(' ', '-')}-${key}-${name}`)
  try {
    writeFileSync(sealed, await seal(readFileSync(original), key, options))
    enter([name, kind, key], askJudges(original, sealed, { root, crls }))
  } catch (error) {
    enter([name, kind, key], { checker: `FAIL ${error instanceof Error ? error.message : error}` })
  }
}

function askJudges(
  original: string,
  sealed: string,
  { root, crls }: Pick<JudgedAppliance, 'root' | 'crls'>,
): Verdicts {
  const args = [judgeScript, original, sealed, 'B', root, ...crls]
  const { stdout } = spawnSync('bash', args, { encoding: 'utf8' })
  const lines = stdout.split('\n').flatMap((line) => {
    const [, verdict = '', judge = '', detail = ''] =
      /^(pass|FAIL|skip) (\w+) *(.*)$/.exec(line) ?? []
    return judge === '' ? [] : [[judge, verdict === 'FAIL' ? `FAIL ${detail}` : verdict] as const]
  })
  return Object.fromEntries(lines)
}

function enter(what: readonly string[], verdicts: Verdicts): void {
  const cells = JUDGES.map((judge) => verdicts[judge] ?? 'FAIL no answer')
  rows.push([...what, ...cells.map((cell) => cell.split(' ')[0] ?? '')])
  const faults = cells.filter((cell) => cell.startsWith('FAIL'))
  console.log([...what, faults.length === 0 ? 'pass' : faults.join(' · ')].join('  '))
}
