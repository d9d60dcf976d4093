import { Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import { type StepFrame, StepPage } from './frame.tsx'

interface SentMessage {
  readonly channel: 'mail' | 'sms'
  readonly to: string
  readonly ok: boolean
  readonly said: string
}

interface MessagesPageProps {
  readonly frame: StepFrame
  readonly isConfigured: boolean
  /** Absent before anything was sent. */
  readonly sent?: readonly SentMessage[] | undefined
  /** Whether the test has succeeded, and whether it was put off. */
  readonly isTested: boolean
  readonly isLater: boolean
}

/** Step 7. */
export const MessagesPage = (props: MessagesPageProps) => {
  const { frame, isConfigured, sent, isTested, isLater } = props
  const words = firstRunWords[frame.locale]
  return (
    <StepPage frame={frame} lead={words.messagesLead}>
      {isTested && <Notice kind="success">{words.messagesReady}</Notice>}
      {isLater && <Notice kind="info">{words.messagesIsLater}</Notice>}
      {sent !== undefined && <Notice kind="error">{words.messagesNotReady}</Notice>}
      {sent !== undefined && (
        <DataTable
          caption={words.messagesResult}
          hideCaption
          empty=""
          head={[words.messagesChannel, words.messagesTo, words.messagesResult, words.detail]}
          rows={sent.map(({ channel, to, ok, said }) => [
            words.messagesChannels[channel],
            to,
            ok ? words.messagesAccepted : words.messagesRefused,
            <code lang="en">{said}</code>,
          ])}
        />
      )}
      {!isConfigured && <Notice kind="info">{words.messagesNone}</Notice>}
      {isConfigured && (
        <Form action="/first-run/messages" csrf={frame.csrf}>
          <Submit name="do" value="try" tone={isTested ? 'secondary' : 'primary'}>
            {words.messagesTry}
          </Submit>
        </Form>
      )}
      {!isTested && !isLater && (
        <Card title={words.messagesLater}>
          <p>{words.messagesLaterText}</p>
          <Form action="/first-run/messages" csrf={frame.csrf}>
            <Submit name="do" value="later" tone="secondary">
              {words.messagesLater}
            </Submit>
          </Form>
        </Card>
      )}
    </StepPage>
  )
}
