// Makes a fresh machine ready: system packages, node packages, build. Plain JavaScript, because it
// runs before anything is installed. `--test` and `--bench` also install what only those need.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * One row per system package: what proves that it is there, and who needs it. `run` is everybody,
 * `build` whoever compiles the native node packages.
 */
const SYSTEM_PACKAGES = [
  { name: 'softhsm2', commands: ['softhsm2-util'], for: ['run'] },
  { name: 'openssl', commands: ['openssl'], for: ['run'] },
  { name: 'python3', commands: ['python3'], for: ['build', 'test'] },
  { name: 'make', commands: ['make'], for: ['build'] },
  { name: 'g++', commands: ['g++', 'cc'], for: ['build', 'test', 'bench'] },
  {
    name: 'poppler-utils',
    commands: ['pdfsig', 'pdftoppm', 'pdftotext', 'pdffonts'],
    for: ['test', 'bench'],
  },
  { name: 'qpdf', commands: ['qpdf'], for: ['test'] },
  { name: 'p11-kit', commands: ['p11-kit'], for: ['test'] },
  { name: 'p11-kit-modules', files: ['p11-kit-client.so'], for: ['test'] },
  { name: 'postgresql', files: ['postgres'], for: ['test'] },
  { name: 'chromium', commands: ['chromium'], for: ['test'] },
  { name: 'wrk', commands: ['wrk'], for: ['bench'] },
]

const asked = ['test', 'bench'].filter((purpose) => process.argv.includes(`--${purpose}`))
if (!nodeIsNewEnough())
  fail(`Node ${process.versions.node} is too old: Sceau needs 20.19 or newer.`)
const stale = nodePackagesAreStale()
const purposes = ['run', ...(stale ? ['build'] : []), ...asked]
installSystemPackages(SYSTEM_PACKAGES.filter((p) => p.for.some((one) => purposes.includes(one))))
if (stale) installNodePackages()
run(process.execPath, ['scripts/build.mjs'])

function nodeIsNewEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 20 || (major === 20 && minor >= 19)
}

/** @param {typeof SYSTEM_PACKAGES} wanted */
function installSystemPackages(wanted) {
  const missing = wanted.filter((p) => !isInstalled(p)).map((p) => p.name)
  if (missing.length === 0) return
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (!commandExists('apt-get')) fail(`Please install: ${missing.join(', ')}`)
  if (process.getuid?.() !== 0) fail(`Please run once:\n  sudo ${install}`)
  console.log(`Installing ${missing.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update', '-qq'], env)
  run('apt-get', ['-qq', ...install.split(' ').slice(1)], env)
}

/** @param {{ commands?: string[], files?: string[] }} row */
function isInstalled({ commands = [], files = [] }) {
  return commands.every(commandExists) && files.every(fileExists)
}

/** @param {string} command */
function commandExists(command) {
  return (process.env.PATH ?? '').split(':').some((dir) => existsSync(join(dir, command)))
}

/** Server programs and modules lie outside PATH; Debian and Ubuntu keep them under /usr/lib. @param {string} name */
function fileExists(name) {
  const found = spawnSync('find', ['/usr/lib', '-maxdepth', '5', '-name', name, '-print', '-quit'])
  return found.stdout.length > 0
}

function nodePackagesAreStale() {
  const stamp = join(root, 'node_modules/.sceau-lock')
  return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockDigest()
}

function lockDigest() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return createHash('sha256').update(lock).update(process.versions.modules).digest('hex')
}

function installNodePackages() {
  console.log('Installing node packages (native ones are built here, once: about two minutes) …')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], nativeBuildEnv())
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(join(root, 'node_modules/.sceau-lock'), lockDigest())
}

/** Built from source against the headers beside the node binary, so that no binary is downloaded. */
function nativeBuildEnv() {
  const prefix = dirname(dirname(process.execPath))
  const headers = existsSync(join(prefix, 'include/node/node.h'))
  return {
    ...process.env,
    npm_config_build_from_source: 'true',
    ...(headers && { npm_config_nodedir: prefix }),
  }
}

/** @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' })
  if (error) fail(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message)
  process.exit(1)
}
