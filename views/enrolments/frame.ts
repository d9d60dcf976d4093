import type { Viewer } from '../components/viewer.ts'
import type { enrolmentsWords } from '../locales/enrolments.ts'
import type { Locale } from '../locales/locale.ts'

/** What every page of the queue is given besides its own. */
export interface EnrolmentsFrame {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly csrf: string
}

export type StateName = keyof (typeof enrolmentsWords)['fr']['states']
export type OutcomeName = keyof (typeof enrolmentsWords)['fr']['outcomes']
export type MethodName = keyof (typeof enrolmentsWords)['fr']['methods']
export type DoneName = keyof (typeof enrolmentsWords)['fr']['done']
