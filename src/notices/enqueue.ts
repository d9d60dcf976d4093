import type { Telling } from '../../views/mail/templates.ts'
import type { Tx } from '../db/database.ts'
import { makeIdMaker } from '../ids.ts'
import { PATIENCE_MS } from '../retry-delay.ts'

/** Something to tell somebody. `kind`, `channel` and `data` belong together (`views/mail/`). */
export type NoticeInput = Telling & {
  /** E-mail address, or telephone number in E.164. */
  readonly to: string
  readonly personId?: string
  /**
   * Whose administrators may read it. Without one it is the person's own affair, read where he is a
   * member; without a person either, by those of the appliance's own organisation.
   */
  readonly organisationId?: string
  readonly locale: 'fr' | 'en'
  /** Unix ms, when its code or link ends: it is not sent any more then. */
  readonly expiresAt?: number
}

const makeId = makeIdMaker()

/**
 * Put a notice into the outbox, in the transaction of what it tells: neither is ever without the
 * other. It leaves within a second of the commit.
 *
 * @param at - Unix ms.
 * @returns Its id.
 */
export async function enqueueNotice(tx: Tx, notice: NoticeInput, at: number): Promise<string> {
  const { kind, channel, data, to, personId, organisationId, locale, expiresAt } = notice
  const id = makeId(at)
  await tx
    .insertInto('notice')
    .values({
      ...{ id, kind, channel, locale, recipient: to },
      person_id: personId ?? null,
      organisation_id: organisationId ?? null,
      data_json: JSON.stringify(data),
      ...{ state: 'waiting', attempts: 0, next_at: at, created_at: at },
      expires_at: expiresAt ?? at + PATIENCE_MS,
    })
    .execute()
  return id
}
