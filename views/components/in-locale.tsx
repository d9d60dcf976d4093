import { createContext, type PropsWithChildren, useContext } from 'hono/jsx'
import type { Locale } from '../locales/locale.ts'
import { shellWords } from '../locales/shell.ts'

const LocaleContext = createContext<Locale>('fr')

/** Everything inside speaks this language. `Page` is one; a fragment for htmx needs its own. */
export const InLocale = ({ locale, children }: PropsWithChildren<{ readonly locale: Locale }>) => (
  <LocaleContext.Provider value={locale}>{children}</LocaleContext.Provider>
)

/** The language of the page that is being drawn. */
export function useLocale(): Locale {
  return useContext(LocaleContext)
}

/** What components say by themselves, in that language. */
export function useShellWords() {
  return shellWords[useLocale()]
}
