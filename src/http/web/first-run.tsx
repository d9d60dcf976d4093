import { Hono } from 'hono'
import { WaitingPage } from '../../../views/first-run/waiting-page.tsx'
import { AppError } from '../../errors.ts'
import { firstOpenStep } from '../../first-run/model.ts'
import { makeWrongLinks } from '../../first-run/wrong-links.ts'
import { open } from './access.ts'
import { csrfProtection } from './csrf.ts'
import { administratorRoutes } from './first-run-administrator.tsx'
import { closingRoutes } from './first-run-closing.tsx'
import {
  type FirstRunPageDeps,
  holderOf,
  holding,
  inLanguage,
  keepHolder,
} from './first-run-env.ts'
import { founderRoutes } from './first-run-founding.tsx'
import { machineRoutes } from './first-run-machine.tsx'
import type { HolderEnv, WebEnv } from './web-env.ts'

/**
 * Every page before the appliance is set up: the link, the eight steps for whoever holds it, and for
 * all others the word that the first run is due.
 */
export function firstRunRoutes(deps: FirstRunPageDeps) {
  const { firstRun, now } = deps
  const areTooMany = makeWrongLinks()
  const steps = new Hono<HolderEnv>()
    .use(holding(firstRun))
    .route('/', founderRoutes(deps))
    .route('/', administratorRoutes(deps))
    .route('/', machineRoutes(deps))
    .route('/', closingRoutes(deps))
  return new Hono<WebEnv>()
    .use(inLanguage(firstRun))
    .use(csrfProtection())
    .get('/first-run', open(), async (c) => {
      const session = holderOf(c)
      if (session !== undefined && (await firstRun.isHolder(session))) {
        const step = firstOpenStep(await firstRun.get()) ?? 'document'
        return c.redirect(`/first-run/${step}`, 303)
      }
      return c.html(<WaitingPage locale={c.var.locale} path="/first-run" />)
    })
    .get('/first-run/:token{[A-Za-z0-9_-]{43}}', open(), async (c) => {
      const session = await firstRun.open(c.req.param('token'))
      if (session !== undefined) {
        keepHolder(c, session)
        return c.redirect('/first-run', 303)
      }
      if (areTooMany(now())) {
        throw new AppError('too-many-requests', 'Too many wrong links. Wait a minute.', {
          hints: { retryAfterSeconds: 60 },
        })
      }
      return c.html(<WaitingPage locale={c.var.locale} path="/first-run" isDeadLink />, 404)
    })
    .route('/first-run', steps)
    .get('*', open(), (c) => c.redirect('/first-run', 303))
    .all('*', open(), () => {
      throw new AppError('first-run-unfinished', 'This appliance is not set up yet.')
    })
}
