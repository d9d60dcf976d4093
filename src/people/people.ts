import { type Founding, foundFurtherOrganisation } from './founding.ts'
import {
  acceptInvitation,
  type InvitationDeps,
  type Invited,
  inviteMember,
  refuseInvitation,
} from './invitations.ts'
import { countMembers, listMembersPage, type MemberFilter } from './lists.ts'
import { findMember, listMemberEvents } from './member.ts'
import { endMembership, type MembershipAct, resumeMember, suspendMember } from './memberships.ts'
import { listMyOrganisations } from './my-organisations.ts'
import { endFunction, type GivenFunction, setFunction } from './terms.ts'
import { listInvitations } from './waiting.ts'

/** A person in an organisation. */
interface InOrganisation {
  readonly organisationId: string
  readonly personId: string
}

/** Organisations and their members, for the pages. */
export type People = ReturnType<typeof makePeople>

export function makePeople(deps: InvitationDeps) {
  const { db, now } = deps
  return {
    listMembers: (filter: Omit<MemberFilter, 'now'>, page: { offset: number; limit: number }) =>
      listMembersPage(db, { ...filter, now: now() }, page),
    countMembers: (organisationId: string) => countMembers(db, organisationId),
    findMember: (of: InOrganisation) => findMember(db, of),
    listMemberEvents: (of: InOrganisation) => listMemberEvents(db, of),
    inviteMember: (invited: Invited) => inviteMember(deps, invited),
    acceptInvitation: (own: InOrganisation) => acceptInvitation(deps, own),
    refuseInvitation: (own: InOrganisation) => refuseInvitation(deps, own),
    suspendMember: (act: MembershipAct) => suspendMember(deps, act),
    resumeMember: (act: MembershipAct) => resumeMember(deps, act),
    endMembership: (act: MembershipAct) => endMembership(deps, act),
    setFunction: (act: MembershipAct & { given: GivenFunction }) => setFunction(deps, act),
    endFunction: (act: MembershipAct & { functionId: string; validTo: number }) =>
      endFunction(deps, act),
    foundOrganisation: (founding: Founding) => foundFurtherOrganisation(deps, founding),
    listOrganisations: (personId: string) => listMyOrganisations(db, personId, now()),
    listInvitations: (personId: string) => listInvitations(db, personId),
  }
}
