import { AppError } from '../errors.ts'
import { can, type PersonActor } from '../rights/can.ts'
import type { MatrixAction } from '../rights/matrix.ts'
import {
  type CertificateFilter,
  type CertificateSheet,
  findCertificateOf,
  listCertificates,
  listCertificatesOf,
} from './catalogue.ts'
import { REASONS, type Reason, reasonsFor } from './life.ts'
import { makeRenewal, type RenewalDeps } from './renewal.ts'
import type { Authority } from './service.ts'

export type Certificates = ReturnType<typeof makeCertificates>

/** Whether the lists say it already, or will as soon as the HSM is back. */
export type Published = 'published' | 'pending'

interface Deps extends RenewalDeps {
  readonly authority: Pick<
    Authority,
    'issue' | 'supersede' | 'suspend' | 'resume' | 'revoke' | 'findCertificate'
  >
}

/** What people do with certificates: each act by its right, on what the organisation owns. */
export function makeCertificates(deps: Deps) {
  const { db, authority, now } = deps
  const { renew, sweep } = makeRenewal(deps)

  async function list(actor: PersonActor, filter: CertificateFilter, page: number) {
    const { organisationId } = actor
    return listCertificates(db, { organisationId, filter, page, now: now() })
  }

  /** Undefined for what another organisation owns, as for what does not exist. */
  async function find(actor: PersonActor, id: string): Promise<CertificateSheet | undefined> {
    return findCertificateOf(db, { organisationId: actor.organisationId, id, now: now() })
  }

  async function suspend(actor: PersonActor, id: string): Promise<Published> {
    await getFor(actor, 'certificate.suspend', id)
    return published(authority.suspend(id, nameOf(actor)))
  }

  async function resume(actor: PersonActor, id: string): Promise<Published> {
    await getFor(actor, 'certificate.suspend', id)
    return published(authority.resume(id, nameOf(actor)))
  }

  async function revoke(actor: PersonActor, id: string, reason: Reason): Promise<Published> {
    const { profile } = await getFor(actor, 'certificate.revoke', id)
    requireReason(profile, reason)
    return published(authority.revoke(id, REASONS[reason], nameOf(actor)))
  }

  /** @throws AppError `not-found` before anything is said of what is not the organisation's own. */
  async function getFor(
    actor: PersonActor,
    action: MatrixAction,
    id: string,
  ): Promise<CertificateSheet> {
    const found = await find(actor, id)
    if (found === undefined) throw notFound()
    const { organisationId } = actor
    const { personId, profile } = found
    const needed = isCa(profile) ? 'authority.manage' : action
    const act = { action: needed, organisationId, ...(personId !== null && { personId }) }
    if (!can(actor, act, [], now()).allowed) {
      throw new AppError(
        'not-authorised',
        'None of your functions in this organisation allows this.',
      )
    }
    return found
  }

  async function listMine(personId: string): Promise<CertificateSheet[]> {
    return listCertificatesOf(db, { personId, now: now() })
  }

  async function getMine(personId: string, id: string): Promise<CertificateSheet> {
    const mine = (await listMine(personId)).find((certificate) => certificate.id === id)
    if (mine === undefined) throw notFound()
    return mine
  }

  /** The holder himself, at any time. */
  async function revokeMine(personId: string, id: string, reason: Reason): Promise<Published> {
    const { profile } = await getMine(personId, id)
    requireReason(profile, reason)
    return published(authority.revoke(id, REASONS[reason], `person:${personId}`))
  }

  async function suspendMine(personId: string, id: string): Promise<Published> {
    await getMine(personId, id)
    return published(authority.suspend(id, `person:${personId}`))
  }

  async function renewMine(personId: string, id: string): Promise<void> {
    await getMine(personId, id)
    await renew(id, `person:${personId}`)
  }

  return {
    list,
    find,
    suspend,
    resume,
    revoke,
    listMine,
    getMine,
    suspendMine,
    revokeMine,
    renewMine,
    renew,
    sweepRenewals: sweep,
  }
}

/** The change stands once it is committed; its publication may have to wait for the HSM. */
async function published(change: Promise<void>): Promise<Published> {
  try {
    await change
    return 'published'
  } catch (error) {
    if (error instanceof AppError && error.code === 'hsm-unavailable') return 'pending'
    throw error
  }
}

function requireReason(profile: string, reason: Reason): void {
  if (reasonsFor(profile).includes(reason)) return
  throw new AppError('invalid-request', `${reason} is no reason for this kind of certificate.`)
}

function isCa(profile: string): boolean {
  return profile === 'root-ca' || profile === 'issuing-ca'
}

function nameOf({ id }: PersonActor): string {
  return `person:${id}`
}

function notFound(): AppError {
  return new AppError('not-found', 'There is no certificate of this id.')
}
