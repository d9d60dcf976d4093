import type { Child } from 'hono/jsx'
import { Submit } from '../components/buttons.tsx'

interface PasskeyFormProps {
  readonly action: string
  /** Where `passkeys.js` asks for the question of this form. */
  readonly options: string
  readonly use: 'get' | 'create'
  readonly csrf: string
  readonly button: string
  /** Said when the browser or the person gave up. */
  readonly failed: string
  readonly needsScript: string
  /** Sent along as they are. */
  readonly hidden?: Readonly<Record<string, string>> | undefined
  readonly children?: Child
}

/** The script the page needs for these forms. */
export const PASSKEY_SCRIPT = '/static/passkeys.js'

/** A form whose answer comes from a passkey: the script asks the browser, then sends it. */
export const PasskeyForm = (props: PasskeyFormProps) => {
  const { action, options, use, csrf, button, failed, needsScript, hidden = {}, children } = props
  return (
    <form class="form" method="post" action={action} data-passkey={use} data-options={options}>
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="answer" value="" />
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {children}
      <p class="error" role="alert" hidden data-passkey-failed>
        {failed}
      </p>
      <noscript>
        <p class="hint">{needsScript}</p>
      </noscript>
      <Submit>{button}</Submit>
    </form>
  )
}
