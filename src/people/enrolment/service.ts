import type { Tx } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { can, type PersonActor } from '../../rights/can.ts'
import { findPerson } from '../store.ts'
import { findCode } from './code-store.ts'
import type { Channel, CodeVerdict } from './codes.ts'
import { checkCode, sendCode } from './contact.ts'
import type { EnrolmentDeps, HeldCertificate } from './deps.ts'
import {
  absent,
  rejectIdentity,
  type SubmittedIdentity,
  submitIdentity,
  verifyIdentity,
  viewIdentity,
} from './identity.ts'
import {
  blockEnrolment,
  reissueLink,
  resolveLink,
  restartEnrolment,
  startEnrolment,
} from './invitation.ts'
import { acceptConditions, makeCertificate, registerFactor } from './issuing.ts'
import { type Method, waitsForHolder } from './model.ts'
import { type IdentityProof, listProofs } from './proof-store.ts'
import { countToVerify, listQueue, type QueueFilter, type QueuePage } from './queue.ts'
import { type Enrolment, findEnrolment, findEnrolmentOf, findOpenEnrolment } from './store.ts'
import { abandonSilent, destroyOrphanKeys, remindSilent, removeOrphanImages } from './upkeep.ts'

/** An enrolment with whom it is about and what was shown, for its page. */
export interface EnrolmentDetail {
  readonly enrolment: Enrolment
  readonly person: {
    readonly givenName: string
    readonly familyName: string
    readonly email: string
  }
  readonly organisation: string
  /** The newest first. */
  readonly proofs: readonly (IdentityProof & { readonly verifier: string | null })[]
}

/** What waits for somebody at enrolment. */
export interface EnrolmentWaiting {
  /** His own, if it is his turn. */
  readonly own: boolean
  readonly toVerify: number
}

export type Enrolments = ReturnType<typeof makeEnrolments>

/** Enrolment, from the invitation to the certificate. */
export function makeEnrolments(deps: EnrolmentDeps) {
  const { db, now } = deps
  return {
    resolveLink: (token: string) => resolveLink(deps, token),
    /** The newest enrolment of a person who has signed in. */
    findOwn: (personId: string) => findEnrolmentOf(db, personId),
    start: (id: string) => startEnrolment(deps, id),
    sendCode: (id: string, to: { channel: Channel; mobile?: string }) => sendCode(deps, id, to),
    checkCode: (id: string, typed: { channel: Channel; code: string }): Promise<CodeVerdict> =>
      checkCode(deps, id, typed),
    /** By which channels a code was sent that may still be typed. */
    async sentCodes(id: string): Promise<Readonly<Record<Channel, boolean>>> {
      const isOpen = async (channel: Channel) => {
        const code = await findCode(db, id, channel)
        return code !== undefined && code.mac !== null
      }
      return { mail: await isOpen('mail'), sms: await isOpen('sms') }
    },
    /** The account in which the holder will sign in. */
    openAccount: (
      personId: string,
      create: (tx: Tx, who: { readonly personId: string }) => Promise<void>,
    ) => db.transaction().execute((tx) => create(tx, { personId })),
    submitIdentity: (id: string, submitted: SubmittedIdentity) =>
      submitIdentity(deps, id, submitted),
    registerFactor: (id: string) => registerFactor(deps, id),
    makeCertificate: (id: string) => makeCertificate(deps, id),
    accept: (id: string, of: { locale: 'fr' | 'en'; version: string }) =>
      acceptConditions(deps, id, of),
    /** For the holder himself. */
    describe: (enrolment: Enrolment) => describe(deps, enrolment),
    describeCertificate: async (id: string): Promise<HeldCertificate | undefined> =>
      deps.certificates.describe(id),
    boundProfessionalId: async (personId: string) => deps.findBoundProfessionalId?.(personId),

    /** @throws AppError `not-found` for other organisations. */
    async detailFor(id: string, actor: PersonActor): Promise<EnrolmentDetail> {
      const enrolment = await findEnrolment(db, id)
      if (enrolment === undefined || enrolment.organisationId !== actor.organisationId) {
        throw absent()
      }
      const { organisationId } = enrolment
      if (!can(actor, { action: 'enrolment.list', organisationId }, [], now()).allowed) {
        throw new AppError('not-authorised', 'None of your functions here lets you see enrolments.')
      }
      return describe(deps, enrolment)
    },
    listQueue: (
      organisationId: string,
      of: { filter: QueueFilter; page: number },
    ): Promise<QueuePage> => listQueue(db, organisationId, of),
    viewIdentity: (id: string, actor: PersonActor) => viewIdentity(deps, id, actor),
    verifyIdentity: (id: string, by: { actor: PersonActor; method: Method }) =>
      verifyIdentity(deps, id, by),
    rejectIdentity: (id: string, by: { actor: PersonActor; reason: string }) =>
      rejectIdentity(deps, id, by),
    reissueLink: (id: string, actor: PersonActor) => reissueLink(deps, id, actor),
    restart: (id: string, actor: PersonActor) => restartEnrolment(deps, id, actor),
    block: (id: string, actor: PersonActor) => blockEnrolment(deps, id, actor),

    async waitingFor(personId: string, actor: PersonActor | undefined): Promise<EnrolmentWaiting> {
      const own = await findOpenEnrolment(db, personId)
      return {
        own: own !== undefined && waitsForHolder(own.state),
        toVerify:
          actor !== undefined && mayVerify(actor, now())
            ? await countToVerify(db, { personId, organisationId: actor.organisationId })
            : 0,
      }
    },

    /** At the start and every hour: reminders, what is given up, what a crash has left behind. */
    async keepUp(): Promise<void> {
      await abandonSilent(deps)
      await remindSilent(deps)
      await removeOrphanImages(deps)
      await destroyOrphanKeys(deps)
    },
  }
}

function mayVerify(actor: PersonActor, now: number): boolean {
  const { organisationId } = actor
  return can(actor, { action: 'identity.verify', organisationId }, [], now).allowed
}

async function describe({ db }: EnrolmentDeps, enrolment: Enrolment): Promise<EnrolmentDetail> {
  const person = await findPerson(db, enrolment.personId)
  if (person === undefined) throw new RangeError(`enrolment of nobody: ${enrolment.personId}`)
  const { name: organisation } = await db
    .selectFrom('organisation')
    .select('name')
    .where('id', '=', enrolment.organisationId)
    .executeTakeFirstOrThrow()
  const proofs = await listProofs(db, enrolment.id)
  const named = await Promise.all(
    proofs.map(async (proof) => {
      const by = proof.decidedBy === null ? undefined : await findPerson(db, proof.decidedBy)
      return { ...proof, verifier: by === undefined ? null : `${by.givenName} ${by.familyName}` }
    }),
  )
  const { givenName, familyName, email } = person
  return { enrolment, person: { givenName, familyName, email }, organisation, proofs: named }
}
