import { Hono } from 'hono'
import { securityHeaders } from '../../src/http/middleware/security-headers.ts'
import { staticRoutes } from '../../src/http/pages.tsx'
import { problemFor } from '../../src/http/problem.ts'
import { csrfProtection } from '../../src/http/web/csrf.ts'
import { enrolRoutes } from '../../src/http/web/enrol.tsx'
import { enrolmentsRoutes } from '../../src/http/web/enrolments.tsx'
import { signInRoutes } from '../../src/http/web/sign-in.tsx'
import type { WebEnv } from '../../src/http/web/web-env.ts'
import { whoAsks } from '../../src/http/web/who-asks.ts'
import { makePasswordHasher } from '../../src/people/accounts/passwords.ts'
import { type Accounts, makeAccounts } from '../../src/people/accounts/service.ts'
import { cleanIdentityFile } from '../../src/people/enrolment/identity-file.ts'
import { findActor } from '../../src/people/standing.ts'
import type { PersonActor } from '../../src/rights/can.ts'
import { BOX, CHEAP } from '../people/accounts/world.ts'
import { type Bench, makeBench, START } from '../people/enrolment/bench.ts'
import { openTestDatabase } from '../support/databases.ts'

export interface EnrolSite {
  readonly bench: Bench
  readonly accounts: Accounts
  readonly app: Hono<WebEnv>
  /** A session of a member, for the cookie `__Host-sceau`. */
  signIn(actor: PersonActor): Promise<string>
}

/** The pages of enrolment on real accounts, with an organisation and its Secretary General. */
export async function makeEnrolSite(publicUrl: string): Promise<EnrolSite> {
  const { db } = await openTestDatabase('sqlite')
  const clock = { now: () => START }
  const now = () => clock.now()
  const accounts = makeAccounts({
    ...{ db, now, publicUrl, vault: BOX, makeId: (at) => makeId(at) },
    hasher: makePasswordHasher(CHEAP),
  })
  const describe = async (id: string) => {
    const row = await db
      .selectFrom('certificate')
      .select(['subject', 'serial', 'not_before as notBefore', 'not_after as notAfter'])
      .where('id', '=', id)
      .executeTakeFirst()
    return row
  }
  const bench = await makeBench(db, { accounts, cleanIdentityFile }, describe)
  const { makeId, enrolments } = bench
  clock.now = () => bench.now
  const people = {
    findSession: accounts.findSession,
    findActor: (who: { personId: string; organisationId: string }) =>
      findActor(db, { ...who, now: now() }),
    describePerson: async () => ({ name: 'Essai', capacities: [], waiting: 0, banner: undefined }),
  }
  const deps = { enrolments, accounts, trustProxy: false, now }
  const app = new Hono<WebEnv>()
    .use(securityHeaders())
    .route('/', staticRoutes())
    .use(whoAsks(people))
    .use(csrfProtection())
    .route('/', signInRoutes(deps))
    .route('/', enrolRoutes(deps))
    .route('/', enrolmentsRoutes(deps))
    .onError((error, c) => {
      const { title, status } = problemFor(error)
      return c.text(`${title}: ${error.message}`, status)
    })
  return {
    ...{ bench, accounts, app },
    async signIn({ id: personId, organisationId }) {
      await db.transaction().execute((tx) => accounts.createAccount(tx, { personId }))
      const from = { ip: '192.0.2.1', userAgent: 'essai' }
      const { session } = await accounts.startSession({ personId, methods: ['passkey'], ...from })
      return (await accounts.chooseOrganisation(session.id, organisationId)).token
    },
  }
}
