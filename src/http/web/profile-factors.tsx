import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { profileWords } from '../../../views/locales/profile.ts'
import { NewPasskeyPage, PasskeyPage, RemovalPage } from '../../../views/profile/factor-pages.tsx'
import { AppError } from '../../errors.ts'
import { describeDevice } from '../../people/accounts/device.ts'
import { signedIn, withStepUp } from './access.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import { faultOf, toProfile } from './profile-done.ts'
import type { SignInPageDeps } from './sign-in.tsx'
import type { SignedInEnv } from './web-env.ts'

const NameForm = z.object({ name: z.string().min(1).max(60) })
const NewForm = NameForm.extend({ answer: z.string().max(32_768) })

/** `/profile/passkeys…`: adding one and removing one ask for a fresh factor. */
export function profileFactorRoutes({ accounts, now }: SignInPageDeps) {
  const { passkeys } = accounts
  const stepUp = () => withStepUp<SignedInEnv>(now)

  return new Hono<SignedInEnv>()
    .get('/profile/passkeys/new', signedIn(), stepUp(), (c) => newPage(c))
    .post('/profile/passkeys/options', signedIn(), stepUp(), async (c) => {
      const { personId, id: boundTo } = c.var.session
      return c.json(await passkeys.beginRegistration({ boundTo, personId }))
    })
    .post('/profile/passkeys', signedIn(), stepUp(), async (c) => {
      const { personId, id: boundTo } = c.var.session
      const form = readForm(c, NewForm)
      if (!form.ok) return newPage(c, profileWords[c.var.locale].newPasskeyFailed)
      const { name, answer } = form.value
      const refused = await passkeys
        .finishRegistration({ boundTo, personId, answer, name })
        .then(() => undefined, asRefusal)
      if (refused === undefined) return toProfile(c, 'factorAdded')
      return newPage(c, profileWords[c.var.locale].newPasskeyFailed)
    })
    .get('/profile/passkeys/:id', signedIn(), async (c) => {
      const passkey = await getOwn(c, c.req.param('id'))
      return c.html(<PasskeyPage {...frameOf(c)} passkey={passkey} />)
    })
    .post('/profile/passkeys/:id/name', signedIn(), async (c) => {
      const { id, personId } = await getOwn(c, c.req.param('id'))
      const form = readForm(c, NameForm)
      if (form.ok) await passkeys.rename({ personId, id, name: form.value.name })
      return toProfile(c, 'saved')
    })
    .get('/profile/passkeys/:id/removal', signedIn(), stepUp(), async (c) =>
      removalPage(c, await getOwn(c, c.req.param('id'))),
    )
    .post('/profile/passkeys/:id/removal', signedIn(), stepUp(), async (c) => {
      const passkey = await getOwn(c, c.req.param('id'))
      const fault = await passkeys.remove(passkey).then(() => undefined, faultOf)
      if (fault === undefined) return toProfile(c, 'factorRemoved')
      return removalPage(c, passkey, profileWords[c.var.locale].lastWay)
    })

  async function getOwn(c: Context<SignedInEnv>, id: string) {
    const own = await passkeys.list(c.var.session.personId)
    const found = own.find((passkey) => passkey.id === id)
    if (found === undefined) throw new AppError('not-found', 'There is no such passkey.')
    return found
  }

  function newPage(c: Context<SignedInEnv>, error?: string) {
    const { browser, system } = describeDevice(c.req.header('user-agent') ?? '')
    const suggested = [system, browser].filter((part) => part !== undefined).join(', ')
    const props = { ...frameOf(c), path: '/profile/passkeys/new', suggested, error }
    return c.html(<NewPasskeyPage {...props} />, error === undefined ? 200 : 400)
  }

  function removalPage(
    c: Context<SignedInEnv>,
    { id, name }: { readonly id: string; readonly name: string },
    error?: string,
  ) {
    const words = profileWords[c.var.locale]
    return c.html(
      <RemovalPage
        {...frameOf(c)}
        title={words.removePasskeyTitle}
        action={`/profile/passkeys/${id}/removal`}
        text={words.removePasskeyText(name)}
        confirm={words.removePasskeyButton}
        error={error}
      />,
      error === undefined ? 200 : 400,
    )
  }
}

/** A passkey that was not taken is told on its page; what is a failure of ours passes. */
function asRefusal(error: unknown): AppError {
  if (error instanceof AppError && error.code === 'invalid-request') return error
  throw error
}
