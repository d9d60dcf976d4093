import type { Child, PropsWithChildren } from 'hono/jsx'

interface CardProps {
  readonly title?: string | undefined
  readonly id?: string | undefined
}

/** What belongs together, with its heading of the second rank. */
export const Card = ({ title, id, children }: PropsWithChildren<CardProps>) => (
  <section class="card" id={id}>
    {title !== undefined && <h2>{title}</h2>}
    {children}
  </section>
)

/** Cards side by side where there is room. */
export const Cards = ({ children }: PropsWithChildren) => <div class="cards">{children}</div>

/** The properties of one thing, each with its name. Those without a value are left out. */
export const Facts = ({ items }: { readonly items: readonly (readonly [string, Child])[] }) => (
  <dl class="facts">
    {items
      .filter(
        ([, value]) => value !== undefined && value !== null && value !== false && value !== '',
      )
      .map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
)
