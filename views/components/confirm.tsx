import type { PropsWithChildren } from 'hono/jsx'
import { Actions, LinkButton, Submit } from './buttons.tsx'
import { Form } from './form.tsx'
import { useShellWords } from './in-locale.tsx'

interface ConfirmProps {
  readonly action: string
  readonly csrf: string
  /** The verb of what will happen: «Revoke this certificate», never «OK». */
  readonly confirm: string
  /** Where one goes who would rather not. */
  readonly cancelHref: string
  /** Sent along as they are. */
  readonly hidden?: Readonly<Record<string, string>> | undefined
  readonly tone?: 'primary' | 'danger' | undefined
}

/** The second page before an act: what is inside names the thing and what will happen to it. */
export const Confirm = (props: PropsWithChildren<ConfirmProps>) => {
  const { action, csrf, confirm, cancelHref, hidden = {}, tone = 'danger', children } = props
  const words = useShellWords()
  return (
    <section class={`card confirm confirm-${tone}`}>
      <Form action={action} csrf={csrf}>
        {Object.entries(hidden).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        {children}
        <Actions>
          <Submit tone={tone}>{confirm}</Submit>
          <LinkButton href={cancelHref}>{words.cancel}</LinkButton>
        </Actions>
      </Form>
    </section>
  )
}
