import type { Locale } from '../locales/locale.ts'
import { Badge } from './badge.tsx'
import { useShellWords } from './in-locale.tsx'
import type { Viewer } from './viewer.ts'

interface HeaderProps {
  readonly locale: Locale
  readonly path: string
  readonly viewer?: Viewer | undefined
}

/** Brand, language, and for whom one acts. Menus are popovers: they open without a script. */
export const Header = ({ locale, path, viewer }: HeaderProps) => {
  const words = useShellWords()
  const other = locale === 'fr' ? 'en' : 'fr'
  return (
    <header class="top">
      {viewer && (
        <button type="button" class="menu-button nav-button" popovertarget="navigation">
          {words.menu}
        </button>
      )}
      <a class="brand" href={viewer ? '/home' : '/'}>
        Sceau
      </a>
      {viewer && <CapacityMenu viewer={viewer} path={path} />}
      <a class="top-link" href={inLanguage(path, other)} hreflang={other} lang={other}>
        {words.otherLanguage}
      </a>
      {viewer ? (
        <AccountMenu viewer={viewer} />
      ) : (
        <a class="top-link" href="/sign-in">
          {words.signIn}
        </a>
      )}
    </header>
  )
}

/** The same address in another language. */
function inLanguage(path: string, locale: Locale): string {
  const [address = '', query = ''] = path.split('?')
  const parameters = new URLSearchParams(query)
  parameters.delete('lang')
  parameters.append('lang', locale)
  return `${address}?${parameters}`
}

const CapacityMenu = ({ viewer, path }: { viewer: Viewer; path: string }) => {
  const { organisation, capacity, capacities, csrf } = viewer
  const words = useShellWords()
  const others = capacities.filter((one) => one.organisation !== organisation)
  const present = (
    <>
      <span class="visually-hidden">{words.actAs} </span>
      <span class="acting-as">{capacity}</span>
      <span class="acting-for">{organisation}</span>
    </>
  )
  if (others.length === 0) return <p class="acting">{present}</p>
  return (
    <>
      <button type="button" class="menu-button acting" popovertarget="capacities">
        {present}
      </button>
      <div id="capacities" class="menu" popover="auto">
        <p class="menu-title">{words.switchTo}</p>
        <form method="post" action="/switch">
          <input type="hidden" name="csrf" value={csrf} />
          <input type="hidden" name="next" value={path} />
          {others.map((one) => (
            <button
              type="submit"
              class="menu-item"
              name="organisationId"
              value={one.organisationId}
            >
              <strong>{one.organisation}</strong> {one.capacity}
            </button>
          ))}
        </form>
      </div>
    </>
  )
}

const AccountMenu = ({ viewer }: { viewer: Viewer }) => {
  const words = useShellWords()
  return (
    <>
      <button type="button" class="menu-button account-button" popovertarget="account">
        <span class="initials" aria-hidden="true">
          {initials(viewer.name)}
        </span>
        <span class="account-name">{viewer.name}</span>
      </button>
      <div id="account" class="menu" popover="auto">
        <p class="menu-title">{viewer.name}</p>
        <a class="menu-item" href="/profile">
          {words.profile}
        </a>
        <a class="menu-item" href="/my-certificate">
          {words.certificate}
        </a>
        <form method="post" action="/sign-out">
          <input type="hidden" name="csrf" value={viewer.csrf} />
          <button type="submit" class="menu-item">
            {words.signOut}
          </button>
        </form>
      </div>
    </>
  )
}

/** «Anne-Marie Dupont» is AD: the first letters of the first and the last word. */
function initials(name: string): string {
  const words = name.split(/\s+/)
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => [...(word ?? '')][0]?.toUpperCase() ?? '')
    .join('')
}

/** Where the viewer may go; beside the page where there is room, else behind the menu button. */
export const Sidebar = ({ viewer }: { viewer: Viewer }) => {
  const words = useShellWords()
  return (
    <nav id="navigation" class="sidebar" popover="auto" aria-label={words.navigation}>
      <ul>
        {viewer.nav.map(({ href, label, current }) => (
          <li>
            <a href={href} aria-current={current ? 'page' : undefined}>
              {label}
              {href === '/home' && viewer.waiting > 0 && (
                <Badge tone="warn">{words.waiting(viewer.waiting)}</Badge>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
