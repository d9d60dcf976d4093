import type { Viewer } from '../../../views/components/viewer.ts'
import { functionWords } from '../../../views/locales/functions.ts'
import type { Locale } from '../../../views/locales/locale.ts'
import { navigationWords } from '../../../views/locales/navigation.ts'
import { can, type PersonActor } from '../../rights/can.ts'
import type { MatrixAction, MemberFunction } from '../../rights/matrix.ts'
import type { SignedIn } from './web-env.ts'

type Place = keyof (typeof navigationWords)['fr']

/** The places of the interface in their order; those with an act are for whoever may do it. */
const PLACES: readonly { readonly name: Place; readonly action?: MatrixAction }[] = [
  { name: 'home' },
  { name: 'my-certificate' },
  { name: 'organisations' },
  { name: 'members', action: 'member.list' },
  { name: 'enrolments', action: 'enrolment.list' },
  { name: 'certificates', action: 'certificate.list' },
  { name: 'seals', action: 'seal.list' },
  { name: 'health', action: 'hsm.read' },
  { name: 'notices', action: 'notice.list' },
  { name: 'settings', action: 'settings.read' },
]

/** What the frame of every page shows of who looks at it. */
export function describeViewer(
  { name, capacities, waiting, banner }: SignedIn,
  seen: {
    readonly actor: PersonActor | undefined
    readonly csrf: string
    readonly path: string
    readonly locale: Locale
  },
): Viewer {
  const { actor, csrf, path, locale } = seen
  const named = capacities.map(({ organisationId, organisation, functions }) => ({
    organisationId,
    organisation,
    capacity: describeFunctions(functions, locale),
  }))
  const present = named.find(({ organisationId }) => organisationId === actor?.organisationId)
  return {
    name,
    capacity: present?.capacity ?? '',
    organisation: present?.organisation ?? '',
    capacities: named,
    csrf,
    nav: PLACES.filter(({ action }) => action === undefined || isAllowed(actor, action)).map(
      (place) => toLink(place.name, path, locale),
    ),
    waiting,
    banner: banner?.[locale],
  }
}

/** «Président, Élu»: several functions in one line. */
function describeFunctions(functions: readonly MemberFunction[], locale: Locale): string {
  return functions.map((held) => functionWords[locale][held]).join(', ')
}

function isAllowed(actor: PersonActor | undefined, action: MatrixAction): boolean {
  if (actor === undefined) return false
  const { organisationId } = actor
  return can(actor, { action, organisationId }, [], 0).allowed
}

function toLink(name: Place, path: string, locale: Locale) {
  const href = `/${name}`
  const current = path === href || path.startsWith(`${href}/`)
  return { href, label: navigationWords[locale][name], current }
}
