/** Who looks at a page. */
export type Looker = 'nobody' | 'secretary-general' | 'permanent'

interface ScreenPage {
  /** Of the file. */
  readonly name: string
  readonly path: string
  /** The first such link of that page leads to the page that is meant. */
  readonly follow?: string
  readonly as: Looker
}

/** Stands for the link that somebody was sent who is invited. */
export const INVITATION = '{invitation}'

/** Every page that is shown; a new one is a new line. */
export const PAGES: readonly ScreenPage[] = [
  { name: 'front-door', path: '/', as: 'nobody' },
  { name: 'api', path: '/api/docs', as: 'nobody' },
  { name: 'not-found', path: '/nowhere', as: 'nobody' },
  { name: 'enrol', path: INVITATION, as: 'nobody' },
  { name: 'sign-in', path: '/sign-in', as: 'nobody' },
  { name: 'home', path: '/home', as: 'secretary-general' },
  { name: 'home-permanent', path: '/home', as: 'permanent' },
  { name: 'profile', path: '/profile', as: 'secretary-general' },
  { name: 'my-certificate', path: '/my-certificate', as: 'secretary-general' },
  { name: 'members', path: '/members', as: 'secretary-general' },
  { name: 'member', path: '/members', follow: 'tbody th a', as: 'secretary-general' },
  { name: 'invitation', path: '/members/invite', as: 'secretary-general' },
  { name: 'organisations', path: '/organisations', as: 'secretary-general' },
  { name: 'enrolments', path: '/enrolments', as: 'secretary-general' },
  { name: 'enrolment', path: '/enrolments', follow: 'tbody a', as: 'secretary-general' },
  { name: 'certificates', path: '/certificates', as: 'secretary-general' },
  {
    name: 'certificate',
    path: '/certificates',
    follow: 'tbody tr:nth-child(2) a',
    as: 'secretary-general',
  },
  { name: 'seals', path: '/seals', as: 'secretary-general' },
  { name: 'seal', path: '/seals/conseil', as: 'secretary-general' },
  { name: 'health', path: '/health', as: 'secretary-general' },
  { name: 'notices', path: '/notices', as: 'secretary-general' },
  { name: 'notice', path: '/notices', follow: 'tbody a', as: 'secretary-general' },
  { name: 'settings', path: '/settings', as: 'secretary-general' },
]

/** How each page is looked at. */
export const LOOKS = (['fr', 'en'] as const).flatMap((locale) =>
  (['wide', 'narrow'] as const).flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({
      ...{ locale, width, colorScheme },
      viewport: width === 'wide' ? { width: 1280, height: 800 } : { width: 375, height: 812 },
    })),
  ),
)
