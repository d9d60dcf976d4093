import { LinkButton } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { DateOnly } from '../components/date-time.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import type { Viewer } from '../components/viewer.ts'
import { homeWords } from '../locales/home.ts'
import type { Locale } from '../locales/locale.ts'

/** One thing that waits for the viewer, in the language of the page. */
interface WaitingItem {
  readonly kind: string
  readonly title: string
  readonly detail: string
  readonly href: string
  /** Unix ms. */
  readonly since: number
}

interface WaitingPageProps {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer
  /** The oldest first. */
  readonly waiting: readonly WaitingItem[]
}

/** The first page after sign-in: what waits for one, and where one may go. */
export const WaitingPage = (props: WaitingPageProps) => {
  const { locale, path, viewer, waiting } = props
  const words = homeWords[locale]
  const frame = { locale, path, viewer, title: words.hello(viewer.name) }
  if (viewer.organisation === '') {
    return (
      <Page {...frame}>
        {viewer.capacities.length > 0 ? <Choose {...props} /> : <NoOrganisation locale={locale} />}
        {waiting.length > 0 && <WaitingList {...props} />}
      </Page>
    )
  }
  return (
    <Page {...frame} lead={`${viewer.capacity}, ${viewer.organisation}`}>
      <WaitingList {...props} />
      <Places viewer={viewer} title={words.placesTitle} />
    </Page>
  )
}

const WaitingList = ({ locale, waiting }: WaitingPageProps) => {
  const words = homeWords[locale]
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting">{words.waitsTitle}</h2>
      {waiting.length === 0 && <p class="empty">{words.nothingWaits}</p>}
      {waiting.length > 0 && (
        <ul class="tasks">
          {waiting.map(({ kind, title, detail, href, since }) => (
            <li class={`task task-${kind}`}>
              <div>
                <h3>
                  <a href={href}>{title}</a>
                </h3>
                <p>{detail}</p>
              </div>
              <p class="hint">
                {words.since} <DateOnly at={since} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

const Places = ({ viewer, title }: { viewer: Viewer; title: string }) => (
  <section aria-labelledby="places">
    <h2 id="places">{title}</h2>
    <ul class="places">
      {viewer.nav
        .filter(({ current }) => !current)
        .map(({ href, label }) => (
          <li>
            <a href={href}>{label}</a>
          </li>
        ))}
    </ul>
  </section>
)

const Choose = ({ locale, path, viewer }: WaitingPageProps) => {
  const words = homeWords[locale]
  return (
    <Card title={words.chooseTitle}>
      <p>{words.chooseText}</p>
      <form method="post" action="/switch" class="actions">
        <input type="hidden" name="csrf" value={viewer.csrf} />
        <input type="hidden" name="next" value={path} />
        {viewer.capacities.map(({ organisationId, organisation, capacity }) => (
          <button
            type="submit"
            class="button button-secondary choice-button"
            name="organisationId"
            value={organisationId}
          >
            <span>{words.actFor(organisation)}</span>
            <span class="hint">{capacity}</span>
          </button>
        ))}
      </form>
    </Card>
  )
}

const NoOrganisation = ({ locale }: { locale: Locale }) => {
  const words = homeWords[locale]
  return (
    <>
      <Notice kind="info" title={words.noneTitle}>
        {words.noneText}
      </Notice>
      <Card title={words.noneNext}>
        <ol>
          {Object.values(words.noneSteps).map((step) => (
            <li>{step}</li>
          ))}
        </ol>
        <LinkButton href="/profile">{words.profile}</LinkButton>
      </Card>
    </>
  )
}
