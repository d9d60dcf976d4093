import { randomUUID } from 'node:crypto'
import type { Organisation } from '../../../src/people/model.ts'
import { enterMember } from '../../../src/people/service.ts'
import type { MemberFunction } from '../../../src/rights/matrix.ts'
import { createSeal } from '../../../src/sealing/administration.ts'
import { PHOTOGRAPH } from '../../people/enrolment/identity-samples.ts'
import { type Browser, signIn } from './browser.ts'
import type { Site } from './site.ts'

/** One organisation with something of everything that has an address. */
export interface House {
  readonly organisation: Organisation
  readonly admin: Browser
  readonly member: Browser
  readonly invited: Browser
  readonly ids: {
    readonly functionId: string
    readonly submittedEnrolment: string
    readonly invitedEnrolment: string
    readonly personCertificate: string
    readonly sealCertificate: string
    readonly seal: string
    readonly notice: string
    readonly passkey: string
  }
  /** Names, addresses and numbers that nobody of another organisation may read. */
  readonly secrets: readonly string[]
}

const ADMINISTRATORS: readonly MemberFunction[] = ['president', 'security-officer']

/** @param word - Stands in every name and address, and in those of no other house. */
export async function buildHouse(
  site: Site,
  { word, siren }: { readonly word: string; readonly siren: string },
): Promise<House> {
  const { db, now } = site.appliance
  const { accounts, members } = site.deps
  const id = randomUUID()
  const organisation = { id, kind: 'council', name: `Conseil ${word}`, siren } as const
  await db
    .insertInto('organisation')
    .values({ ...organisation, created_at: now() })
    .execute()
  const enter = async (role: string, held: MemberFunction) => {
    const named = { givenName: role, familyName: word, email: `${role}@${word}.example` }
    const member = { ...named, organisationId: id, function: held, validTo: null }
    const personId = await enterMember({ db, now }, member)
    await db.transaction().execute((tx) => accounts.createAccount(tx, { personId }))
    return personId
  }
  const adminId = await enter('Admin', 'secretary-general')
  const memberId = await enter('Membre', 'accountant')
  await giveFunctions(site, adminId)
  const certificates = await issueCertificates(site, { organisation, memberId, word })
  const invite = async (role: string) => {
    const { personId } = await members.inviteMember({
      ...{ organisationId: id, givenName: role, familyName: word, locale: 'fr', by: adminId },
      email: `${role}@${word}.example`,
      given: { function: 'elected', validFrom: now(), validTo: null, capacities: [] },
    })
    await db.transaction().execute((tx) => accounts.createAccount(tx, { personId }))
    return personId
  }
  const [submitterId, invitedId] = [await invite('Candidat'), await invite('Convive')]
  const submittedEnrolment = await submitIdentity(site, submitterId)
  const passkey = `cle-${word}`
  await db
    .insertInto('passkey')
    .values({
      ...{ id: passkey, person_id: memberId, name: `Clé ${word}`, public_key: Uint8Array.of(1) },
      ...{ counter: 0, transports: '', created_at: now(), last_used_at: null },
    })
    .execute()
  const { id: functionId } = await db
    .selectFrom('member_function')
    .innerJoin('membership', 'membership.id', 'member_function.membership_id')
    .select('member_function.id')
    .where('membership.person_id', '=', memberId)
    .executeTakeFirstOrThrow()
  const { id: invitedEnrolment } = await db
    .selectFrom('enrolment')
    .select('id')
    .where('person_id', '=', invitedId)
    .executeTakeFirstOrThrow()
  const { id: notice } = await db
    .selectFrom('notice')
    .select('id')
    .where('organisation_id', '=', id)
    .executeTakeFirstOrThrow()
  const { serials, ...certificateIds } = certificates
  return {
    organisation,
    admin: await signIn(site, { personId: adminId, organisationId: id }),
    member: await signIn(site, { personId: memberId, organisationId: id }),
    invited: await signIn(site, { personId: invitedId }),
    ids: {
      ...{ functionId, submittedEnrolment, invitedEnrolment, notice, passkey },
      ...certificateIds,
    },
    secrets: [word, siren, ...serials],
  }
}

/** Beside secretary general: whoever has everything is who must be kept out. */
async function giveFunctions({ appliance: { db, now } }: Site, personId: string): Promise<void> {
  const { id } = await db
    .selectFrom('membership')
    .select('id')
    .where('person_id', '=', personId)
    .executeTakeFirstOrThrow()
  for (const held of ADMINISTRATORS) {
    const term = { valid_from: now() - 1, valid_to: null, created_at: now() }
    const row = { id: randomUUID(), membership_id: id, function: held, ...term }
    await db.insertInto('member_function').values(row).execute()
  }
}

async function issueCertificates(
  { appliance: { db, guard, authority, now } }: Site,
  of: { organisation: Organisation; memberId: string; word: string },
) {
  const { organisation, memberId, word } = of
  const key = await guard.generateKey({ algorithm: 'p-256', label: `Sceau person ${word}` })
  const commonName = `Membre ${word}`
  const subject = { country: 'FR', givenName: 'Membre', surname: word, commonName }
  const { publicKey } = key
  const holder = { personId: memberId, subject: { ...subject, serialNumber: randomUUID() } }
  await authority.issue({ profile: 'person', publicKey, key, ...holder })
  const seal = `cachet-${word}`
  const wanted = { id: seal, name: `Cachet ${word}`, organisation, keyAlgorithm: 'p-256' } as const
  await createSeal({ db, keys: guard, authority, now }, wanted)
  const rows = db.selectFrom('certificate').select(['id', 'serial'])
  const person = await rows.where('person_id', '=', memberId).executeTakeFirstOrThrow()
  const { certificate_id } = await db
    .selectFrom('seal')
    .select('certificate_id')
    .where('id', '=', seal)
    .executeTakeFirstOrThrow()
  const sealed = await rows.where('id', '=', certificate_id).executeTakeFirstOrThrow()
  return {
    ...{ personCertificate: person.id, sealCertificate: sealed.id, seal },
    serials: [person.serial, sealed.serial],
  }
}

/** Up to the document that waits for a verifier. @returns Id of the enrolment. */
async function submitIdentity({ appliance, deps }: Site, personId: string): Promise<string> {
  const { db } = appliance
  const { enrolments } = deps
  const own = await enrolments.findOwn(personId)
  if (own === undefined) throw new RangeError('nobody was invited')
  const { id } = own
  await enrolments.start(id)
  for (const channel of ['mail', 'sms'] as const) {
    await enrolments.sendCode(id, { channel, ...(channel === 'sms' && { mobile: '+33612345678' }) })
    const { data_json } = await db
      .selectFrom('notice')
      .select('data_json')
      .where('kind', 'like', 'enrolment.code%')
      .where('channel', '=', channel)
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    await enrolments.checkCode(id, { channel, code: JSON.parse(data_json).code })
  }
  await enrolments.submitIdentity(id, {
    ...{ kind: 'passport', last4: '4F2A', expiresOn: '2099-01-31' },
    ...{ professionalId: '14-00012345', professionalIdSource: 'typed', file: PHOTOGRAPH },
  })
  return id
}
