import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Env } from '../../../src/http/env.ts'
import { securityHeaders } from '../../../src/http/middleware/security-headers.ts'
import { staticRoutes } from '../../../src/http/pages.tsx'
import { problemFor } from '../../../src/http/problem.ts'
import { signedIn } from '../../../src/http/web/access.ts'
import { csrfProtection } from '../../../src/http/web/csrf.ts'
import { profileRoutes } from '../../../src/http/web/profile.tsx'
import { signInRoutes } from '../../../src/http/web/sign-in.tsx'
import { oidcRoutes } from '../../../src/http/web/sign-in-oidc.tsx'
import { stepUpRoutes } from '../../../src/http/web/step-up.tsx'
import type { WebEnv } from '../../../src/http/web/web-env.ts'
import { whoAsks } from '../../../src/http/web/who-asks.ts'
import type { Accounts } from '../../../src/people/accounts/service.ts'

/** The pages of sign-in and the profile, as the whole application mounts them. */
export function makeSite(accounts: Accounts, now: () => number, { trustProxy = false } = {}) {
  const deps = { accounts, trustProxy, now }
  const people = {
    findSession: accounts.findSession,
    findActor: async () => undefined,
    describePerson: async () => ({ name: 'Odile', capacities: [], waiting: 0, banner: undefined }),
  }
  return new Hono<WebEnv>()
    .use(securityHeaders())
    .route('/', staticRoutes())
    .use(whoAsks(people))
    .use(csrfProtection())
    .get('/home', signedIn(), (c) => c.text('home'))
    .route('/', signInRoutes(deps))
    .route('/', oidcRoutes(deps))
    .route('/', stepUpRoutes(deps))
    .route('/', profileRoutes(deps))
    .onError((error, c) => {
      const { title, status } = problemFor(error)
      return c.text(`${title}: ${error.message}`, status)
    })
}

export interface Served {
  readonly url: string
  close(): Promise<void>
}

/** On a port of its own; `localhost` counts as secure, so passkeys and `__Host-` cookies work. */
export async function serveOn(port: number, app: Pick<Hono<Env>, 'fetch'>): Promise<Served> {
  const server = await new Promise<ServerType>((resolve) => {
    const started = serve({ fetch: app.fetch, port, hostname: 'localhost' }, () => resolve(started))
  })
  return {
    url: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        if ('closeAllConnections' in server) server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** A browser's cookies, without the browser. */
export class Jar {
  readonly #app: Pick<Hono<WebEnv>, 'request'>
  readonly cookies = new Map<string, string>()
  readonly flags = new Map<string, string>()

  constructor(app: Pick<Hono<WebEnv>, 'request'>) {
    this.#app = app
  }

  async ask(path: string, fields?: Readonly<Record<string, string>>, headers = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await this.#app.request(path, {
      method: fields === undefined ? 'GET' : 'POST',
      headers: { cookie, 'accept-language': 'en', ...headers },
      ...(fields !== undefined && { body: new URLSearchParams(fields) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...flags] = line.split('; ')
      const [name = '', value = ''] = pair.split('=')
      this.flags.set(name, flags.join('; '))
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    const text = await response.text()
    const { status } = response
    const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
    return {
      status,
      text,
      csrf,
      location: response.headers.get('location'),
      headers: response.headers,
    }
  }
}
