// Runs the import rules, and fails too when fewer modules were read than exist: a parser that
// understands no TypeScript would otherwise find nothing wrong.
import { execFileSync, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const FOLDERS = ['src', 'hsm', 'views', 'scripts', 'bench']

const tracked = execFileSync('git', ['ls-files', '--', ...FOLDERS], { cwd: root, encoding: 'utf8' })
const existing = tracked.split('\n').filter((file) => /\.tsx?$/.test(file))

const cruised = spawnSync(
  join(root, 'node_modules/.bin/depcruise'),
  [...FOLDERS, '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
  { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
)
const { modules, summary } = JSON.parse(cruised.stdout)
const read = new Set(modules.map((module) => module.source))
const unread = existing.filter((file) => !read.has(file))

for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`)
for (const file of unread) console.error(`not read by the checker: ${file}`)
console.log(`${existing.length} modules, ${summary.violations.length} forbidden imports`)
process.exit(summary.violations.length + unread.length === 0 ? 0 : 1)
