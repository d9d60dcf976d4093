import type { PropsWithChildren } from 'hono/jsx'

type Tone = 'primary' | 'secondary' | 'danger'

interface SubmitProps {
  /** `danger` for what cannot be taken back. */
  readonly tone?: Tone | undefined
  readonly name?: string | undefined
  readonly value?: string | undefined
  /** Another address than the form's own. */
  readonly formaction?: string | undefined
  /** Leave although the fields are not filled in. */
  readonly formnovalidate?: boolean | undefined
  readonly disabled?: boolean | undefined
}

/** The button that sends the form around it. */
export const Submit = (props: PropsWithChildren<SubmitProps>) => {
  const { tone = 'primary', children, ...rest } = props
  return (
    <button type="submit" class={`button button-${tone}`} {...rest}>
      {children}
    </button>
  )
}

interface LinkButtonProps {
  readonly href: string
  readonly tone?: Tone | undefined
}

/** A link that leads to the next step of something; it changes nothing by itself. */
export const LinkButton = (props: PropsWithChildren<LinkButtonProps>) => {
  const { href, tone = 'secondary', children } = props
  return (
    <a class={`button button-${tone}`} href={href}>
      {children}
    </a>
  )
}

/** Buttons side by side. */
export const Actions = ({ children }: PropsWithChildren) => <div class="actions">{children}</div>
