// Runs the import rules, and fails too when fewer modules were read than exist: a parser that
// understands no TypeScript would otherwise find nothing wrong.
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'))
const FOLDERS = ['src', 'hsm', 'views', 'scripts', 'bench']

// dependency-cruiser asks swc to read every file as TypeScript without JSX; ours have both. It must
// be told before dependency-cruiser takes its copy of the function.
const swc = require('@swc/core')
const { parseFileSync } = swc
swc.parseFileSync = (file, options) =>
  parseFileSync(file, { ...options, tsx: file.endsWith('.tsx') })

const { cruise } = await import('dependency-cruiser')
const { forbidden, options } = require('../.dependency-cruiser.cjs')
const { output } = await cruise(FOLDERS, { ...options, ruleSet: { forbidden }, validate: true })
const { modules, summary } = output

const tracked = execFileSync('git', ['ls-files', '--', ...FOLDERS], { encoding: 'utf8' })
const existing = tracked.split('\n').filter((file) => /\.tsx?$/.test(file))
const read = new Set(modules.map((module) => module.source))
const unread = existing.filter((file) => !read.has(file))

for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`)
for (const file of unread) console.error(`not read by the checker: ${file}`)
console.log(`${existing.length} modules, ${summary.violations.length} forbidden imports`)
process.exit(summary.violations.length + unread.length === 0 ? 0 : 1)
