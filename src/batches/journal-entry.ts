import type { ApiClient } from '../clients/model.ts'

/** An entry of the journal on what a client did with a batch. */
export function entryOf(
  client: ApiClient,
  action: string,
  { id, at, detail }: { id: string; at: number; detail: Record<string, string | number> },
) {
  return { at, actor: `client:${client.id}`, action, subject: id, detail }
}
