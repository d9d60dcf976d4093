import { Hono } from 'hono'
import { WaitingPage } from '../../../views/home/waiting-page.tsx'
import type { Locale } from '../../../views/locales/locale.ts'
import type { PersonActor } from '../../rights/can.ts'
import { signedIn } from './access.ts'
import { frameOf } from './frame.ts'
import type { SignedInEnv } from './web-env.ts'

/** One thing that somebody waits for the viewer to do. */
export interface Waiting {
  /** The area it comes from, as `enrolment`. */
  readonly kind: string
  readonly title: Readonly<Record<Locale, string>>
  readonly detail: Readonly<Record<Locale, string>>
  readonly href: string
  /** Unix ms. */
  readonly since: number
}

/** An area's own answer; it says nothing of what this person may not know. */
export type ListWaiting = (who: {
  readonly personId: string
  /** Undefined while no organisation is chosen. */
  readonly actor: PersonActor | undefined
}) => Promise<readonly Waiting[]>

/** More than this nobody reads: the areas' own pages have the rest. */
const LISTED_MAX = 20

/** `GET /home`: what waits for whoever has signed in, the oldest first. */
export function homeRoutes({ waiting }: { waiting: readonly ListWaiting[] }) {
  return new Hono<SignedInEnv>().get('/home', signedIn(), async (c) => {
    const { session, actor, locale } = c.var
    const frame = frameOf(c)
    const { viewer } = frame
    if (viewer === undefined) throw new RangeError('a session without a viewer')
    const who = { personId: session.personId, actor }
    const found = (await Promise.all(waiting.map((list) => list(who)))).flat()
    const items = found
      .sort((a, b) => a.since - b.since)
      .slice(0, LISTED_MAX)
      .map((item) => ({ ...item, title: item.title[locale], detail: item.detail[locale] }))
    return c.html(<WaitingPage {...frame} viewer={viewer} waiting={items} />)
  })
}
