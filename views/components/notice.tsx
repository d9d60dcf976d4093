import type { PropsWithChildren } from 'hono/jsx'

type NoticeKind = 'info' | 'success' | 'warning' | 'error'

const ROLES = { info: 'note', success: 'status', warning: 'note', error: 'alert' } as const

interface NoticeProps {
  readonly kind: NoticeKind
  readonly title?: string | undefined
}

/** Something to know, before or after acting. An error is read aloud at once. */
export const Notice = ({ kind, title, children }: PropsWithChildren<NoticeProps>) => (
  <div class={`notice notice-${kind}`} role={ROLES[kind]}>
    {title !== undefined && <p class="notice-title">{title}</p>}
    {typeof children === 'string' ? <p>{children}</p> : children}
  </div>
)
