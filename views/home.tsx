import { LinkButton } from './components/buttons.tsx'
import { Page } from './components/page.tsx'
import { type Locale, wordsOf } from './locales/locale.ts'

/** The front door: what programs and verifiers need, before anyone signs in. */
export const HomePage = ({ locale }: { locale: Locale }) => {
  const words = wordsOf(locale)
  return (
    <Page
      locale={locale}
      title={words.homeTitle}
      path="/"
      lead={words.tagline}
      actions={
        <LinkButton href="/sign-in" tone="primary">
          {words.homeSignIn}
        </LinkButton>
      }
    >
      <div class="cards">
        <LinkCard
          title={words.homeForPrograms}
          links={[
            ['/api/docs', words.homeApiDocs],
            ['/api/v1/openapi.json', words.homeOpenApi],
          ]}
        />
        <LinkCard
          title={words.homeForTrust}
          links={[
            ['/pki/root.cer', words.homeRoot],
            ['/pki/issuing.cer', words.homeIssuing],
            ['/pki/root.crl', words.homeRootCrl],
            ['/pki/issuing.crl', words.homeIssuingCrl],
          ]}
        />
        <LinkCard title={words.homeState} links={[['/readyz', words.homeReady]]} />
      </div>
    </Page>
  )
}

interface LinkCardProps {
  readonly title: string
  readonly links: readonly (readonly [href: string, text: string])[]
}

const LinkCard = ({ title, links }: LinkCardProps) => (
  <section class="card">
    <h2>{title}</h2>
    <ul>
      {links.map(([href, text]) => (
        <li>
          <a href={href}>{text}</a>
        </li>
      ))}
    </ul>
  </section>
)
