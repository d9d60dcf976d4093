import { Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { signedIn } from './access.ts'
import { keepSessionToken } from './cookies.ts'
import { readForm } from './forms.ts'
import { isId } from './one-member.ts'
import type { SignedInEnv } from './web-env.ts'

export interface SwitchDeps {
  /** @returns The token that the session has from now on. */
  readonly chooseOrganisation: (
    sessionId: string,
    organisationId: string,
  ) => Promise<{ readonly token: string }>
}

const SwitchForm = z.object({
  organisationId: z.string().refine(isId),
  next: z.string().optional(),
})

/** A list is there for every organisation; one thing of it is not. */
const LIST = /^\/[a-z-]{1,40}$/

/** `POST /switch`: act for another organisation from now on. */
export function switchRoutes({ chooseOrganisation }: SwitchDeps) {
  return new Hono<SignedInEnv>().post('/switch', signedIn(), async (c) => {
    const form = readForm(c, SwitchForm)
    if (!form.ok) throw new AppError('invalid-request', 'Choose an organisation.')
    const { organisationId, next = '' } = form.value
    const { token } = await chooseOrganisation(c.var.session.id, organisationId)
    keepSessionToken(c, token)
    return c.redirect(LIST.test(next) ? next : '/home', 303)
  })
}
