import { formatDate } from '../../../views/components/date-time.tsx'
import { functionWords } from '../../../views/locales/functions.ts'
import { memberWords } from '../../../views/locales/members.ts'
import { organisationWords } from '../../../views/locales/organisations.ts'
import type { EndingTerm, OpenInvitation } from '../../people/waiting.ts'
import type { PersonActor } from '../../rights/can.ts'
import type { ListWaiting, Waiting } from './home.tsx'

interface Deps {
  readonly listInvitations: (personId: string) => Promise<readonly OpenInvitation[]>
  readonly listEndingTerms: (actor: PersonActor) => Promise<readonly EndingTerm[]>
}

const BOTH = ['fr', 'en'] as const
const SOON_MS = 60 * 86_400_000

/** Invitations to answer, and members whose term ends. */
export function makeListMembersWaiting(deps: Deps): ListWaiting {
  return async ({ personId, actor }) => {
    const invitations = await deps.listInvitations(personId)
    const terms = actor === undefined ? [] : await deps.listEndingTerms(actor)
    return [...invitations.map(toInvitation), ...terms.map(toTerm)]
  }
}

function toInvitation({ organisationId, organisation, since }: OpenInvitation): Waiting {
  return {
    kind: 'invitation',
    title: inBoth((locale) => organisationWords[locale].invitationFrom(organisation)),
    detail: inBoth((locale) => organisationWords[locale].invitationDetail),
    href: `/organisations/${organisationId}/invitation`,
    since,
  }
}

function toTerm({ personId, name, function: held, validTo }: EndingTerm): Waiting {
  return {
    kind: 'term',
    title: inBoth((locale) => memberWords[locale].termEnds(name)),
    detail: inBoth((locale) =>
      memberWords[locale].termEndsDetail(
        functionWords[locale][held],
        formatDate(locale, validTo - 1),
      ),
    ),
    href: `/members/${personId}`,
    since: validTo - SOON_MS,
  }
}

function inBoth(text: (locale: 'fr' | 'en') => string) {
  const [fr, en] = BOTH.map(text)
  return { fr: fr ?? '', en: en ?? '' }
}
