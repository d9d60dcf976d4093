import { AppError } from '../../errors.ts'
import type { Member } from '../../people/member.ts'
import type { People } from '../../people/people.ts'

/** Ids are UUIDs; whatever else comes in an address need not be asked of the database. */
export function isId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text)
}

/** @throws AppError `not-found`, for other organisations' as for none. */
export async function getMember(
  members: People,
  of: { readonly organisationId: string; readonly personId: string },
): Promise<Member> {
  const member = isId(of.personId) ? await members.findMember(of) : undefined
  if (member !== undefined) return member
  throw new AppError('not-found', 'There is no such member.')
}
