import type { Viewer } from '../../../views/components/viewer.ts'
import type { Locale } from '../../../views/locales/locale.ts'
import type { FirstRun } from '../../first-run/model.ts'
import type { PersonActor } from '../../rights/can.ts'
import type { MemberFunction } from '../../rights/matrix.ts'
import type { Env } from '../env.ts'

/** What the pages know of a session (`src/people/accounts`). */
export interface WebSession {
  readonly id: string
  readonly personId: string
  /** For which organisation the person acts; null before one is chosen. */
  readonly organisationId: string | null
  /** What every form of this session carries. */
  readonly csrf: string
  /** When a factor was last shown, Unix ms; null when never since the sign-in. */
  readonly stepUpAt: number | null
}

/** A person's place in an organisation, for the switcher. */
interface Capacity {
  readonly organisationId: string
  readonly organisation: string
  readonly functions: readonly MemberFunction[]
}

/** Who looks at a page: what its frame shows. */
export interface SignedIn {
  readonly name: string
  readonly capacities: readonly Capacity[]
  /** How many things wait for this person. */
  readonly waiting: number
  /** What every page must say, as that mail cannot be sent. */
  readonly banner: Readonly<Record<Locale, string>> | undefined
}

/** What the pages are told of who asks, passed in by the composition root. */
export interface WebPeople {
  findSession(token: string): Promise<WebSession | undefined>
  /** Undefined when the person is no active member there. */
  findActor(who: { personId: string; organisationId: string }): Promise<PersonActor | undefined>
  describePerson(personId: string, actor: PersonActor | undefined): Promise<SignedIn>
}

/** A request for a page. */
export interface WebEnv {
  Bindings: Env['Bindings']
  Variables: Env['Variables'] & {
    locale: Locale
    session?: WebSession
    /** Absent while no organisation is chosen, or the membership does not stand. */
    actor?: PersonActor
    /** What the frame of a page shows; absent before sign-in. */
    viewer?: Viewer
    /** The fields of a posted form, read once, within bounds. */
    form?: FormData
  }
}

/** The same behind `signedIn`. */
export interface SignedInEnv {
  Bindings: WebEnv['Bindings']
  Variables: Omit<WebEnv['Variables'], 'session'> & { session: WebSession }
}

/** The same behind `allowed`. */
export interface MemberEnv {
  Bindings: WebEnv['Bindings']
  Variables: Omit<SignedInEnv['Variables'], 'actor'> & { actor: PersonActor }
}

/** A request of whoever holds the link to the first run. */
export interface HolderEnv {
  Bindings: WebEnv['Bindings']
  Variables: WebEnv['Variables'] & { run: FirstRun }
}
