import type { MiddlewareHandler } from 'hono'
import { findLocale, localeOf } from '../locale.ts'
import { keepLanguage, sessionToken } from './cookies.ts'
import { describeViewer } from './viewer.ts'
import type { WebEnv, WebPeople } from './web-env.ts'

/** Find out who asks, for whom he acts, and in which language. */
export function whoAsks({
  findSession,
  findActor,
  describePerson,
}: WebPeople): MiddlewareHandler<WebEnv> {
  return async function whoAsks(c, next) {
    const chosen = findLocale(c.req.query('lang') ?? '')
    if (chosen !== undefined) keepLanguage(c, chosen)
    c.set('locale', localeOf(c))
    const token = sessionToken(c)
    const session = token === undefined ? undefined : await findSession(token)
    if (session !== undefined) {
      c.set('session', session)
      const { personId, organisationId } = session
      const actor =
        organisationId === null ? undefined : await findActor({ personId, organisationId })
      if (actor !== undefined) c.set('actor', actor)
      const person = await describePerson(personId, actor)
      const { locale } = c.var
      const { path } = c.req
      c.set('viewer', describeViewer(person, { actor, csrf: session.csrf, path, locale }))
      // What one person sees must not be shown to the next at the same machine.
      c.header('Cache-Control', 'no-store')
    }
    await next()
  }
}
