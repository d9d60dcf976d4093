import { Hono } from 'hono'
import { open } from './access.ts'
import { csrfProtection } from './csrf.ts'
import type { WebEnv, WebPeople } from './web-env.ts'
import { whoAsks } from './who-asks.ts'

/** What the pages need, by area. */
export interface WebDeps {
  readonly people: WebPeople
  readonly now: () => number
}

/** Everything a person sees in a browser after the front door. */
export function webRoutes(deps: WebDeps) {
  return new Hono<WebEnv>()
    .use(whoAsks(deps.people))
    .use(csrfProtection())
    .get('/', open(), (c, next) =>
      c.var.session === undefined ? next() : Promise.resolve(c.redirect('/home', 303)),
    )
}
