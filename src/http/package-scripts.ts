import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Hono } from 'hono'
import type { Env } from './env.ts'

const { resolve } = createRequire(import.meta.url)

/** Scripts of other authors, served from the installed packages: no copy of them is kept. */
const SCRIPTS = {
  'htmx.min.js': () => resolve('htmx.org/dist/htmx.min.js'),
} as const

/** `GET /static/<name>` of each. The first one that asks has them read. */
export function packageScripts() {
  const routes = new Hono<Env>()
  for (const [name, locate] of Object.entries(SCRIPTS)) {
    let held: { readonly text: string; readonly etag: string } | undefined
    routes.get(`/static/${name}`, (c) => {
      held ??= readScript(locate())
      c.header('ETag', held.etag)
      c.header('Cache-Control', 'no-cache')
      if (c.req.header('if-none-match') === held.etag) return c.body(null, 304)
      return c.body(held.text, 200, { 'content-type': 'text/javascript; charset=utf-8' })
    })
  }
  return routes
}

function readScript(path: string) {
  // The maps that they name are not served.
  const text = readFileSync(path, 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')
  return { text, etag: `"${createHash('sha256').update(text).digest('hex').slice(0, 32)}"` }
}
