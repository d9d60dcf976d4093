import type { Db, Tx } from '../../db/database.ts'
import { enqueueNotice } from '../../notices/enqueue.ts'
import { functionsThatMay } from '../../rights/matrix.ts'
import { findPerson } from '../store.ts'
import { hashLinkToken, makeLinkToken } from './links.ts'
import { LINK_VALID_MS } from './model.ts'
import { type Enrolment, insertLink } from './store.ts'

/** A new way in, beside those that were sent before. @returns Its token, which is kept nowhere. */
async function addLink(tx: Tx, enrolmentId: string, at: number): Promise<string> {
  const token = makeLinkToken()
  const expiresAt = at + LINK_VALID_MS
  await insertLink(tx, { tokenSha256: hashLinkToken(token), enrolmentId, expiresAt })
  return token
}

type WayIn =
  | 'enrolment.invitation'
  | 'enrolment.identity-verified'
  | 'enrolment.identity-rejected'
  | 'enrolment.reminder'

/**
 * Tell the holder that it is his turn.
 *
 * @param withLink - Until he has password and factor he comes by a link; after that he signs in.
 * @returns The token of the link, or an empty text.
 */
export async function tellHolder(
  tx: Tx,
  enrolment: Pick<Enrolment, 'id' | 'personId' | 'organisationId'>,
  kind: WayIn,
  { at, withLink }: { readonly at: number; readonly withLink: boolean },
): Promise<string> {
  const token = withLink ? await addLink(tx, enrolment.id, at) : ''
  const { email, locale, organisation, ...of } = await recipient(tx, enrolment)
  const data = { organisation, token }
  const expiresAt = at + LINK_VALID_MS
  await enqueueNotice(tx, { kind, channel: 'mail', to: email, locale, data, expiresAt, ...of }, at)
  return token
}

/** Tell the holder how it ended. */
export async function tellEnd(
  tx: Tx,
  enrolment: Pick<Enrolment, 'personId' | 'organisationId'>,
  kind: 'enrolment.active' | 'enrolment.ended',
  at: number,
): Promise<void> {
  const { email, locale, organisation, ...of } = await recipient(tx, enrolment)
  const data = { organisation }
  await enqueueNotice(tx, { kind, channel: 'mail', to: email, locale, data, ...of }, at)
}

/** Tell whoever may verify identities there, but for the holder himself. */
export async function tellVerifiers(tx: Tx, enrolment: Enrolment, at: number): Promise<void> {
  const { id: enrolmentId, organisationId } = enrolment
  const { organisation } = await recipient(tx, enrolment)
  for (const { id: personId, email, locale } of await listVerifiers(tx, enrolment, at)) {
    const data = { enrolmentId, organisation }
    const notice = {
      kind: 'enrolment.to-verify',
      channel: 'mail',
      to: email,
      locale,
      data,
    } as const
    await enqueueNotice(tx, { ...notice, personId, organisationId }, at)
  }
}

async function listVerifiers(db: Db, enrolment: Enrolment, now: number) {
  return db
    .selectFrom('membership')
    .innerJoin('member_function', 'member_function.membership_id', 'membership.id')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['person.id', 'person.email', 'person.locale'])
    .distinct()
    .where('membership.organisation_id', '=', enrolment.organisationId)
    .where('membership.state', '=', 'active')
    .where('member_function.function', 'in', functionsThatMay('identity.verify', 'council'))
    .where('member_function.valid_from', '<=', now)
    .where((eb) =>
      eb.or([eb('member_function.valid_to', 'is', null), eb('member_function.valid_to', '>', now)]),
    )
    .where('person.id', '!=', enrolment.personId)
    .execute()
}

async function recipient(
  db: Db,
  { personId, organisationId }: Pick<Enrolment, 'personId' | 'organisationId'>,
) {
  const person = await findPerson(db, personId)
  if (person === undefined) throw new RangeError(`enrolment of nobody: ${personId}`)
  const { name } = await db
    .selectFrom('organisation')
    .select('name')
    .where('id', '=', organisationId)
    .executeTakeFirstOrThrow()
  const { email, locale } = person
  return { email, locale, organisation: name, personId, organisationId }
}
