import type { PropsWithChildren } from 'hono/jsx'

interface FormProps {
  readonly action: string
  /** The token of the session, or of the signed cookie before sign-in. */
  readonly csrf: string
  readonly multipart?: boolean | undefined
  readonly id?: string | undefined
  /** With htmx, only this element (`#queue`) is replaced by the answer; without, the whole page. */
  readonly swaps?: string | undefined
}

/** A form that is posted, with its CSRF token. */
export const Form = ({
  action,
  csrf,
  multipart = false,
  id,
  swaps,
  children,
}: PropsWithChildren<FormProps>) => (
  <form
    class="form"
    id={id}
    method="post"
    action={action}
    enctype={multipart ? 'multipart/form-data' : undefined}
    {...(swaps !== undefined && { 'hx-post': action, 'hx-target': swaps, 'hx-swap': 'outerHTML' })}
  >
    <input type="hidden" name="csrf" value={csrf} />
    {children}
  </form>
)
