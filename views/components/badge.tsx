import type { PropsWithChildren } from 'hono/jsx'

type BadgeTone = 'neutral' | 'good' | 'warn' | 'bad'

/** A state in a word or two; the colour says nothing that the word does not. */
export const Badge = ({ tone, children }: PropsWithChildren<{ readonly tone: BadgeTone }>) => (
  <span class={`badge badge-${tone}`}>{children}</span>
)
