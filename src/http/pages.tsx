import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import { type ApiDescription, ApiPage } from '../../views/api-page.tsx'
import { HomePage } from '../../views/home.tsx'
import type { Env } from './env.ts'
import { localeOf } from './locale.ts'
import { packageScripts } from './package-scripts.ts'

const STATIC_DIR = join(dirname(fileURLToPath(import.meta.url)), '../../views/static')

/** The pages that need no sign-in: the front door and the API's description. */
export function pageRoutes({ describeApi }: { describeApi: () => ApiDescription }) {
  return new Hono<Env>()
    .get('/', (c) => c.html(<HomePage locale={localeOf(c)} />))
    .get('/api/docs', (c) => c.html(<ApiPage locale={localeOf(c)} description={describeApi()} />))
    .get('/api/v1/openapi.json', (c) => c.json(describeApi()))
}

/** Style sheet, scripts and pictures. */
export function staticRoutes() {
  return new Hono<Env>().route('/', packageScripts()).use(
    '/static/*',
    etag(),
    serveStatic({
      root: relative(process.cwd(), STATIC_DIR),
      rewriteRequestPath: (path) => path.slice('/static'.length),
      // Kept, but asked for again: a page never meets the style of another version.
      onFound: (_path, c) => c.header('Cache-Control', 'no-cache'),
    }),
  )
}
