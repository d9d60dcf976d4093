import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import type { Appliance } from './appliance.ts'
import { findActiveCertificateOf } from './authority/holders.ts'
import { findCertificateById } from './authority/store.ts'
import { startCertificateWork } from './certificate-work.ts'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { waitingEnrolments } from './http/web/enrolments-waiting.ts'
import { makeListMembersWaiting } from './http/web/members-waiting.ts'
import type { WebDeps } from './http/web/routes.ts'
import type { WebPeople } from './http/web/web-env.ts'
import { makeIdMaker } from './ids.ts'
import { noticesBanner } from './notices/banner.ts'
import { enqueueNotice } from './notices/enqueue.ts'
import { startNoticeWork } from './notices-work.ts'
import type { OidcSettings } from './people/accounts/oidc.ts'
import { makeAccounts } from './people/accounts/service.ts'
import { cleanIdentityFile } from './people/enrolment/identity-file.ts'
import { makeImageStore } from './people/enrolment/image-store.ts'
import { needsEnrolment, openEnrolment } from './people/enrolment/invitation.ts'
import { makeEnrolments } from './people/enrolment/service.ts'
import { hasCertificate } from './people/enrolment/store.ts'
import { makePeople } from './people/people.ts'
import { findActor, listCapacities } from './people/standing.ts'
import { findPerson } from './people/store.ts'
import { listEndingTerms, listInvitations } from './people/waiting.ts'
import { findSealOf, listSealsOf } from './sealing/overview.ts'
import { makeVault } from './vault/vault.ts'

const UPKEEP_MS = 3_600_000
const CODE_SECRET_BYTES = 32
/** A certificate of a key that its holder never used (RFC 5280 §5.3.1). */
const CESSATION = 5

/** Everything about people in this process: who they are, how they sign in, what they are told. */
export interface PeopleWork {
  /** What the pages need of it. */
  readonly web: Omit<WebDeps, 'guardStatus' | 'checkReadiness' | 'listSettings'>
  close(): Promise<void>
}

export async function startPeopleWork(
  config: Config,
  appliance: Appliance,
  log: Logger,
): Promise<PeopleWork> {
  const { db, guard, authority, now } = appliance
  const makeId = makeIdMaker()
  const vault = makeVault({ ...{ db, now, makeId }, keys: guard })
  const { publicUrl } = config
  const oidc = await readOidcSettings(config)
  const accounts = makeAccounts({ ...{ db, now, makeId, vault, publicUrl, oidc } })
  const images = join(config.filesDir, 'identity')
  const enrolments = makeEnrolments({
    ...{ db, now, makeId, accounts, cleanIdentityFile },
    findBoundProfessionalId: accounts.findBoundProfessionalId,
    codeSecret: await obtainSecret(join(config.filesDir, 'code-secret')),
    keys: guard,
    certificates: {
      issue: ({ personId, key, subject, together }) =>
        authority.issue({
          ...{ profile: 'person', personId, key, subject, together },
          publicKey: key.publicKey,
        }),
      revoke: (id, actor) => authority.revoke(id, CESSATION, actor).catch(ignoreAbsent),
      async describe(id) {
        const row = await findCertificateById(db, id)
        if (row === undefined) return undefined
        const { subject, serial, not_before: notBefore, not_after: notAfter } = row
        return { subject, serial, notBefore, notAfter }
      },
    },
    images: makeImageStore(images),
    vault: {
      seal: (bytes) => vault.seal(bytes, 'identity'),
      open: (sealed) => vault.open(sealed, 'identity'),
    },
  })
  const notices = startNoticeWork(config, appliance, log)
  const certificateWork = startCertificateWork(appliance, log)
  const keepUp = () => {
    for (const task of [accounts.upkeep, enrolments.keepUp]) {
      task().catch((error) => log.error({ err: error }, 'upkeep of people failed; tried again'))
    }
  }
  keepUp()
  const upkeep = setInterval(keepUp, UPKEEP_MS)
  const members = makePeople({
    ...{ db, now, makeId, enqueueNotice, needsEnrolment, openEnrolment, hasCertificate },
  })
  const waiting = [
    waitingEnrolments(enrolments, now),
    makeListMembersWaiting({
      listInvitations: (personId) => listInvitations(db, personId),
      listEndingTerms: (actor) => listEndingTerms(db, actor, now()),
    }),
  ]
  const banner = noticesBanner(config)
  const people: WebPeople = {
    findSession: accounts.findSession,
    findActor: (who) => findActor(db, { ...who, now: now() }),
    async describePerson(personId, actor) {
      const [person, capacities, waits] = await Promise.all([
        findPerson(db, personId),
        listCapacities(db, personId, now()),
        Promise.all(waiting.map((list) => list({ personId, actor }))),
      ])
      const name = person === undefined ? '' : `${person.givenName} ${person.familyName}`
      return { name, capacities, waiting: waits.flat().length, banner }
    },
  }
  return {
    web: {
      ...{ people, waiting, members, now, accounts, enrolments },
      trustProxy: config.trustProxy,
      notices: notices.notices,
      certificates: certificateWork.certificates,
      chooseOrganisation: accounts.chooseOrganisation,
      findCertificateOf: (personId) => findActiveCertificateOf(db, personId, now()),
      listSeals: (organisationId) => listSealsOf(db, organisationId),
      findSeal: (organisationId, id) => findSealOf(db, organisationId, id),
    },
    async close() {
      clearInterval(upkeep)
      await certificateWork.close()
      await notices.close()
      vault.close()
    },
  }
}

/** Where persons may sign in elsewhere; the secret is read once, and never logged. */
async function readOidcSettings({ oidc }: Config): Promise<OidcSettings | undefined> {
  if (oidc === undefined) return undefined
  const { issuer, clientId, clientSecretFile } = oidc
  const clientSecret = (await readFile(clientSecretFile, 'utf8')).trim()
  return { issuer, clientId, clientSecret }
}

/** What is revoked already needs no revocation. */
function ignoreAbsent(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'not-found')) throw error
}

/**
 * A secret in a file of its own, made by whoever comes first: several nodes share the folder, and a
 * link is made by one of them only.
 */
async function obtainSecret(path: string): Promise<Uint8Array> {
  const known = await readFile(path).catch(() => undefined)
  if (known !== undefined) return known
  const partial = `${path}.${randomBytes(8).toString('hex')}`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(partial, randomBytes(CODE_SECRET_BYTES), { mode: 0o600, flush: true })
  await link(partial, path).catch(() => {})
  await rm(partial)
  return readFile(path)
}
