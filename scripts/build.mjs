// Compiles to dist/ and puts what is not TypeScript beside it.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const tsc = join(root, 'node_modules/typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)

/** Folders whose files are read at run time, beside the module that reads them. */
for (const assets of ['src/pdf/drawing/fonts', 'views/static']) {
  const from = join(root, assets)
  if (!existsSync(from)) continue
  mkdirSync(join(root, 'dist', dirname(assets)), { recursive: true })
  cpSync(from, join(root, 'dist', assets), { recursive: true })
}
const command = join(root, 'dist/src/cli/main.js')
if (existsSync(command)) chmodSync(command, 0o755)
