import { Actions, LinkButton } from '../components/buttons.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { enrolWords } from '../locales/enrol.ts'
import type { EnrolFrame } from './frame.tsx'

interface EndPageProps {
  readonly frame: EnrolFrame
  readonly what: 'active' | 'abandoned' | 'blocked'
  readonly organisation: string
}

/** It is over, well or not. */
export const EndPage = ({ frame, what, organisation }: EndPageProps) => {
  const words = enrolWords[frame.locale]
  if (what !== 'active') {
    const title = what === 'abandoned' ? words.abandonedTitle : words.blockedTitle
    return (
      <Page {...frame} title={title} width="narrow">
        <Notice kind="warning">{words.stoppedText(organisation)}</Notice>
      </Page>
    )
  }
  return (
    <Page {...frame} title={words.doneTitle} width="narrow">
      <Notice kind="success">{words.doneText(organisation)}</Notice>
      <Actions>
        <LinkButton href="/my-certificate" tone="primary">
          {words.toCertificate}
        </LinkButton>
        <LinkButton href="/home">{words.toHome}</LinkButton>
      </Actions>
    </Page>
  )
}

interface NoWayPageProps {
  readonly frame: EnrolFrame
  readonly why: 'bad-link' | 'sign-in' | 'other-person' | 'nothing'
}

/** Why one cannot go on by this link, and how one can. */
export const NoWayPage = ({ frame, why }: NoWayPageProps) => {
  const words = enrolWords[frame.locale]
  const [title, text] = {
    'bad-link': [words.badLinkTitle, words.badLinkText],
    'sign-in': [words.signInTitle, words.signInText],
    'other-person': [words.otherPersonTitle, words.otherPersonText],
    nothing: [words.nothingTitle, words.nothingText],
  }[why]
  return (
    <Page {...frame} title={title ?? ''} width="narrow">
      <p>{text}</p>
      {(why === 'sign-in' || why === 'nothing') && (
        <LinkButton href="/sign-in?next=%2Fenrol" tone="primary">
          {words.signIn}
        </LinkButton>
      )}
    </Page>
  )
}
