import { beforeEach, describe, expect, test } from 'vitest'
import { Jar } from '../people/accounts/site.ts'
import { goTo, MOBILE } from '../people/enrolment/bench.ts'
import { PHOTOGRAPH } from '../people/enrolment/identity-samples.ts'
import { type EnrolSite, makeEnrolSite } from './enrol-site.ts'

let site: EnrolSite
beforeEach(async () => {
  site = await makeEnrolSite('https://sceau.example')
})

/** A browser that has begun by the link. */
async function begin() {
  const { token, enrolment } = await site.bench.invite('Zoé ARTAGNAN')
  const jar = new Jar(site.app)
  const { csrf } = await jar.ask(`/enrol/${token}`)
  await jar.ask(`/enrol/${token}`, { csrf })
  return { token, enrolment, jar, csrf: (await jar.ask('/enrol')).csrf }
}

/** A document that the real cleaner takes, handed in and verified. */
async function verify(enrolment: Parameters<typeof goTo>[1]) {
  await submit(enrolment)
  const { enrolments, verifier } = site.bench
  await enrolments.verifyIdentity(enrolment.id, { actor: verifier, method: 'video' })
}

async function submit(enrolment: Parameters<typeof goTo>[1]) {
  await goTo(site.bench, enrolment, 'mobile')
  await site.bench.enrolments.submitIdentity(enrolment.id, {
    ...{ kind: 'passport', last4: '4F2A', expiresOn: '2030-01-31', file: PHOTOGRAPH },
    ...{ professionalId: null, professionalIdSource: 'typed' },
  })
}

const stateOf = async (id: string) => (await site.bench.get(id)).state

describe('a link', () => {
  test.each([
    { link: 'nobody was sent', token: 'x'.repeat(43) },
    { link: 'is no token', token: '..%2F..%2Fetc%2Fpasswd' },
  ])('that $link leads nowhere', async ({ token }) => {
    const { status } = await new Jar(site.app).ask(`/enrol/${token}`)

    expect([404, 410]).toContain(status)
  })

  test('changes nothing by being looked at, as a mail scanner does', async () => {
    const { token, enrolment } = await site.bench.invite('Zoé ARTAGNAN')

    const { text, headers } = await new Jar(site.app).ask(`/enrol/${token}`)

    expect(text).toContain('Hello Zoé')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(await stateOf(enrolment.id)).toBe('invited')
  })

  test('is kept in a cookie of this host alone, out of reach of scripts', async () => {
    const { jar } = await begin()

    const flags = (jar.flags.get('__Host-sceau-enrol') ?? '').split('; ').sort()
    expect(flags).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
  })

  test('of one person is not opened in the session of another', async () => {
    const { token, enrolment } = await site.bench.invite('Zoé ARTAGNAN')
    const jar = new Jar(site.app)
    jar.cookies.set('__Host-sceau', await site.signIn(site.bench.verifier))

    expect((await jar.ask(`/enrol/${token}`)).text).toContain('signed in as somebody else')
    expect(await stateOf(enrolment.id)).toBe('invited')
  })

  test('alone adds no factor and sets no second password once there is one', async () => {
    const { jar, enrolment } = await begin()
    await verify(enrolment)
    const { csrf } = await jar.ask('/enrol')
    const { personId } = enrolment
    const { accounts, bench } = site
    await bench.db.transaction().execute((tx) => accounts.createAccount(tx, { personId }))
    await accounts.setPassword(personId, 'trois bateaux verts au large')

    const password = 'quatre chevaux gris au pré'
    for (const [path, fields] of [
      ['/enrol/password', { password, passwordAgain: password }],
      ['/enrol/passkey/options', {}],
      ['/enrol/passkey', { answer: '{}' }],
    ] as const) {
      expect(await jar.ask(path, { csrf, ...fields })).toMatchObject({ status: 303 })
    }
    const wrong = await jar.ask('/enrol/resume', { csrf, password })

    expect(wrong.status).toBe(422)
    expect(jar.cookies.has('__Host-sceau')).toBe(false)
    expect(await accounts.hasFactor(personId)).toBe(false)
  })
})

describe('a step', () => {
  test.each([
    '/enrol/mail',
    '/enrol/mail-code',
    '/enrol/mobile',
    '/enrol/mobile-code',
    '/enrol/identity',
    '/enrol/password',
    '/enrol/resume',
    '/enrol/passkey',
    '/enrol/factor',
    '/enrol/certificate',
    '/enrol/conditions',
  ])(
    'POST %s is refused without the token of its form, and leads back without a link',
    async (path) => {
      const { jar, csrf } = await begin()
      const nobody = new Jar(site.app)
      const own = await nobody.ask('/enrol')
      const form = await nobody.ask('/sign-in')

      expect((await jar.ask(path, { csrf: `${csrf}x` })).status).toBe(403)
      const answer = await nobody.ask(path, { csrf: own.csrf || form.csrf })
      expect(answer).toMatchObject({ status: 303, location: '/enrol' })
    },
  )

  test('says at its field what is wrong, and shows again what was typed', async () => {
    const { jar, csrf } = await begin()

    const answer = await jar.ask('/enrol/mobile', { csrf, mobile: '<img src=x>' })

    expect(answer.status).toBe(422)
    expect(answer.text).toContain('This is not a mobile number.')
    expect(answer.text).toContain('value="&lt;img src=x&gt;"')
  })

  test('asks for a wait between two codes', async () => {
    const { jar, csrf } = await begin()
    await jar.ask('/enrol/mobile', { csrf, mobile: MOBILE })

    const again = await jar.ask('/enrol/mobile', { csrf, mobile: '+33687654321' })

    expect(again.status).toBe(422)
    expect(again.headers.get('retry-after')).toBe('60')
  })

  test('refuses a code that was used', async () => {
    const { jar, csrf, enrolment } = await begin()
    await jar.ask('/enrol/mail', { csrf })
    const mailCode = await site.bench.lastCode('mail')

    expect((await jar.ask('/enrol/mail-code', { csrf, mailCode })).status).toBe(303)
    const replayed = await jar.ask('/enrol/mail-code', { csrf, mailCode })

    expect(replayed.status).toBe(422)
    expect(await stateOf(enrolment.id)).toBe('started')
  })
})

describe('the queue', () => {
  async function submitted() {
    const { enrolment } = await site.bench.invite('Zoé <b>ARTAGNAN</b>')
    await submit(enrolment)
    return enrolment
  }

  test('shows names as text, never as markup', async () => {
    const { id } = await submitted()
    const jar = new Jar(site.app)
    jar.cookies.set('__Host-sceau', await site.signIn(site.bench.verifier))

    for (const path of ['/enrolments', `/enrolments/${id}`]) {
      expect((await jar.ask(path)).text).not.toContain('<b>ARTAGNAN')
    }
  })

  test.each([
    { path: '', post: false },
    { path: '/document', post: false },
    { path: '/restart', post: false },
    { path: '/block', post: false },
    { path: '/verification', post: true },
    { path: '/rejection', post: true },
    { path: '/link', post: true },
    { path: '/restart', post: true },
    { path: '/block', post: true },
  ])('$path is absent for another organisation (post: $post)', async ({ path, post }) => {
    const { id } = await submitted()
    const other = await site.bench.addOrganisation('Autre conseil')
    const stranger = await site.bench.addMember(other, 'secretary-general', 'Olivier AUTRE')
    const jar = new Jar(site.app)
    jar.cookies.set('__Host-sceau', await site.signIn(stranger))
    const token = jar.cookies.get('__Host-sceau') ?? ''
    const csrf = (await site.accounts.findSession(token))?.csrf ?? ''
    const checks = { checkedName: 'on', checkedDocument: 'on', checkedNumber: 'on' }
    const fields = { csrf, ...checks, checkedRegister: 'on', method: 'video', reason: 'non non' }

    const { status } = await jar.ask(`/enrolments/${id}${path}`, post ? fields : undefined)

    expect(status).toBe(404)
    expect(await stateOf(id)).toBe('identity-submitted')
  })

  test('does not let a verifier decide without saying what he compared', async () => {
    const { id } = await submitted()
    const jar = new Jar(site.app)
    jar.cookies.set('__Host-sceau', await site.signIn(site.bench.verifier))
    const { csrf } = await jar.ask(`/enrolments/${id}`)

    const fields = { csrf, checkedName: 'on', method: 'video' }
    const answer = await jar.ask(`/enrolments/${id}/verification`, fields)

    expect(answer.status).toBe(422)
    expect(answer.text).toContain('Compare, then tick the box')
    expect(await stateOf(id)).toBe('identity-submitted')
  })

  test('is closed to whoever may not see it', async () => {
    const { id } = await submitted()
    const clerk = await site.bench.addMember(site.bench.council, 'permanent', 'Paul CLERC')
    const jar = new Jar(site.app)
    jar.cookies.set('__Host-sceau', await site.signIn(clerk))

    for (const path of ['/enrolments', `/enrolments/${id}`, `/enrolments/${id}/document`]) {
      expect((await jar.ask(path)).status).toBe(403)
    }
  })
})
