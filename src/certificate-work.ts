import type { Logger } from 'pino'
import type { Appliance } from './appliance.ts'
import { type Certificates, makeCertificates } from './authority/administration.ts'
import { makeReminders } from './authority/reminders.ts'
import type { Db } from './db/database.ts'

const UPKEEP_MS = 3_600_000

/** What is done with certificates, and what is done for them from time to time. */
export interface CertificateWork {
  readonly certificates: Certificates
  close(): Promise<void>
}

/** Once an hour: reminders, answers of OCSP before they end, keys of renewals that nobody came back for. */
export function startCertificateWork(
  { db, guard, authority, now }: Appliance,
  log: Logger,
): CertificateWork {
  const findIdentityProof = (personId: string) => findNewestProof(db, personId)
  const certificates = makeCertificates({ db, authority, keys: guard, now, findIdentityProof })
  const { remind } = makeReminders({ db, now })
  const keepUp = async () => {
    for (const task of [remind, authority.signOcspWhatIsDue, certificates.sweepRenewals]) {
      await task().catch((error) =>
        log.error({ err: error }, 'upkeep of certificates failed; tried again'),
      )
    }
  }
  let running = keepUp()
  const upkeep = setInterval(() => {
    running = running.then(keepUp)
  }, UPKEEP_MS)
  const close = async () => {
    clearInterval(upkeep)
    await running
  }
  return { certificates, close }
}

/** When this person's identity was last verified, Unix ms. */
async function findNewestProof(db: Db, personId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('enrolment')
    .select('identity_at')
    .where('person_id', '=', personId)
    .where('identity_at', 'is not', null)
    .orderBy('identity_at', 'desc')
    .executeTakeFirst()
  return row?.identity_at ?? undefined
}
