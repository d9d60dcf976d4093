import { Hono } from 'hono'
import { z } from 'zod'
import { PROFILE_DONE, type ProfileDone } from '../../../views/locales/profile.ts'
import { ProfilePage } from '../../../views/profile/profile-page.tsx'
import { AppError } from '../../errors.ts'
import { describeDevice } from '../../people/accounts/device.ts'
import type { ListedSession } from '../../people/accounts/model.ts'
import { signedIn } from './access.ts'
import { keepLanguage } from './cookies.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import { toProfile } from './profile-done.ts'
import { profileFactorRoutes } from './profile-factors.tsx'
import { profileKnownRoutes } from './profile-known.tsx'
import type { SignInPageDeps } from './sign-in.tsx'
import type { SignedInEnv } from './web-env.ts'

const LanguageForm = z.object({ locale: z.enum(['fr', 'en']) })

/** `/profile…`: a person's own data, language, ways to sign in and sessions. */
export function profileRoutes(deps: SignInPageDeps) {
  const { accounts } = deps

  return new Hono<SignedInEnv>()
    .get('/profile', signedIn(), async (c) => {
      const { personId, id } = c.var.session
      const profile = await accounts.findProfile(personId)
      if (profile === undefined) throw new AppError('not-found', 'There is no such person.')
      const sessions = await accounts.listSessions(personId)
      return c.html(
        <ProfilePage
          {...frameOf(c)}
          path="/profile"
          profile={profile}
          ways={await accounts.findWays(personId)}
          hasOidc={accounts.oidc !== undefined}
          passkeys={await accounts.passkeys.list(personId)}
          sessions={sessions.map((session) => toShown(session, id))}
          done={doneOf(c.req.query('done'))}
        />,
      )
    })
    .post('/profile/language', signedIn(), async (c) => {
      const form = readForm(c, LanguageForm)
      if (!form.ok) throw new AppError('invalid-request', 'Choose French or English.')
      await accounts.setLocale(c.var.session.personId, form.value.locale)
      keepLanguage(c, form.value.locale)
      return toProfile(c, 'saved')
    })
    .post('/profile/sessions/end-others', signedIn(), async (c) => {
      await accounts.endSessionsOf(c.var.session.personId, c.var.session.id)
      return toProfile(c, 'sessionsEnded')
    })
    .post('/profile/sessions/:id/end', signedIn(), async (c) => {
      await accounts.endOwnSession(c.var.session.personId, c.req.param('id'))
      return toProfile(c, 'sessionsEnded')
    })
    .route('/', profileFactorRoutes(deps))
    .route('/', profileKnownRoutes(deps))
}

function doneOf(text: string | undefined): ProfileDone | undefined {
  return PROFILE_DONE.find((done) => done === text)
}

function toShown({ id, ip, createdAt, lastSeenAt, userAgent }: ListedSession, hereId: string) {
  return { id, ip, createdAt, lastSeenAt, ...describeDevice(userAgent), isHere: id === hereId }
}
