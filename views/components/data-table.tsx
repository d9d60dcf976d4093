import type { Child } from 'hono/jsx'

interface DataTableProps {
  readonly caption: string
  /** The caption is for those who cannot see the heading above. */
  readonly hideCaption?: boolean | undefined
  readonly head: readonly string[]
  /** A cell for each of `head`; the first one names its row. */
  readonly rows: readonly (readonly Child[])[]
  /** What stands there when there is nothing. */
  readonly empty: string
  readonly id?: string | undefined
}

/** A table; on a narrow screen each row becomes a card whose cells carry their heads. */
export const DataTable = ({ caption, hideCaption, head, rows, empty, id }: DataTableProps) => {
  if (rows.length === 0) {
    return (
      <p class="empty" id={id}>
        {empty}
      </p>
    )
  }
  return (
    <table class="data" id={id}>
      <caption class={hideCaption === true ? 'visually-hidden' : undefined}>{caption}</caption>
      <thead>
        <tr>
          {head.map((text) => (
            <th scope="col">{text}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr>
            {cells.map((cell, column) =>
              column === 0 ? <th scope="row">{cell}</th> : <td data-head={head[column]}>{cell}</td>,
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
