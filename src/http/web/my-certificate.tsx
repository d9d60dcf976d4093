import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ActPage } from '../../../views/certificates/act-page.tsx'
import { MyCertificatePage } from '../../../views/certificates/mine-page.tsx'
import type { Certificates } from '../../authority/administration.ts'
import { reasonsFor } from '../../authority/life.ts'
import { signedIn, withStepUp } from './access.ts'
import { doneOf, pemAnswer, toLine, toldAt, toShown } from './certificate-view.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import type { SignedInEnv } from './web-env.ts'

export interface MyCertificateDeps {
  readonly certificates: Pick<
    Certificates,
    'listMine' | 'getMine' | 'suspendMine' | 'revokeMine' | 'renewMine'
  >
  readonly now: () => number
}

const HERE = '/my-certificate'
const DAY_MS = 86_400_000
const ENDING_DAYS = 60
const RevocationForm = z.object({ reason: z.enum(reasonsFor('person')) })

/**
 * `/my-certificate`: what its holder sees and does. Suspension and revocation ask for no factor
 * beyond the sign-in, which a recovery code makes possible: whoever has lost a factor needs them most.
 */
export function myCertificateRoutes({ certificates, now }: MyCertificateDeps) {
  const mine = (c: Context<SignedInEnv>) =>
    certificates.getMine(c.var.session.personId, c.req.param('id') ?? '')

  return new Hono<SignedInEnv>()
    .get(HERE, signedIn(), async (c) => {
      const [newest, ...others] = await certificates.listMine(c.var.session.personId)
      const daysLeft = newest && Math.ceil((newest.notAfter - now()) / DAY_MS)
      return c.html(
        <MyCertificatePage
          {...frameOf(c)}
          current={newest && toShown(newest)}
          earlier={others.map(toShown)}
          daysLeft={daysLeft !== undefined && daysLeft <= ENDING_DAYS ? daysLeft : undefined}
          done={doneOf(c)}
        />,
      )
    })
    .get(`${HERE}/:id/certificate.pem`, signedIn(), async (c) =>
      pemAnswer(c, 'certificate', await mine(c)),
    )
    .get(`${HERE}/:id/chain.pem`, signedIn(), async (c) => pemAnswer(c, 'chain', await mine(c)))
    .get(`${HERE}/:id/suspension`, signedIn(), async (c) => {
      const certificate = toLine(await mine(c))
      const action = `${HERE}/${certificate.id}/suspension`
      const props = { act: 'suspend', certificate, action, cancelHref: HERE } as const
      return c.html(<ActPage {...frameOf(c)} {...props} />)
    })
    .post(`${HERE}/:id/suspension`, signedIn(), async (c) => {
      const done = await certificates.suspendMine(c.var.session.personId, c.req.param('id'))
      return c.redirect(toldAt(HERE, 'suspend', done), 303)
    })
    .get(`${HERE}/:id/revocation`, signedIn(), async (c) =>
      c.html(<ActPage {...frameOf(c)} {...revocation(toLine(await mine(c)))} />),
    )
    .post(`${HERE}/:id/revocation`, signedIn(), async (c) => {
      const certificate = toLine(await mine(c))
      const form = readForm(c, RevocationForm)
      if (!form.ok) {
        const props = { ...revocation(certificate), errors: { reason: 'reason' } } as const
        return c.html(<ActPage {...frameOf(c)} {...props} />, 422)
      }
      const { personId } = c.var.session
      const done = await certificates.revokeMine(personId, certificate.id, form.value.reason)
      return c.redirect(toldAt(HERE, 'revoke', done), 303)
    })
    .get(`${HERE}/:id/renewal`, signedIn(), async (c) => {
      const certificate = toLine(await mine(c))
      const action = `${HERE}/${certificate.id}/renewal`
      const props = { act: 'renew', certificate, action, cancelHref: HERE } as const
      return c.html(<ActPage {...frameOf(c)} {...props} />)
    })
    .post(`${HERE}/:id/renewal`, signedIn(), withStepUp<SignedInEnv>(now), async (c) => {
      await certificates.renewMine(c.var.session.personId, c.req.param('id'))
      return c.redirect(toldAt(HERE, 'renew', 'published'), 303)
    })
}

function revocation(certificate: ReturnType<typeof toLine>) {
  return {
    act: 'revoke',
    certificate,
    action: `${HERE}/${certificate.id}/revocation`,
    cancelHref: HERE,
    reasons: reasonsFor('person'),
  } as const
}
