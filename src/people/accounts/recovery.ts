import { randomBytes } from 'node:crypto'
import type { Db, Tx } from '../../db/database.ts'
import { sha256 } from './model.ts'
import { journal, noteFactor, tellHolder } from './telling.ts'

export interface Recovery {
  /** Ten new codes in place of all before; they are told this once. */
  regenerate(personId: string): Promise<string[]>
  /** Whether a code is one of the person's that was not used: now it is. */
  accept(personId: string, code: string): Promise<boolean>
}

const COUNT = 10
/** Crockford's base 32: no letter that is taken for a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 80 bits: nobody can guess them, so a fast hash protects them well. */
const SIGNS = 16

export function makeRecovery({ db, now }: { db: Db; now: () => number }): Recovery {
  return {
    async regenerate(personId) {
      const codes = Array.from({ length: COUNT }, makeCode)
      await db.transaction().execute(async (tx) => {
        await tx.deleteFrom('recovery_code').where('person_id', '=', personId).execute()
        await tx
          .insertInto('recovery_code')
          .values(
            codes.map((code) => ({
              person_id: personId,
              code_sha256: digest(personId, code),
              used_at: null,
            })),
          )
          .execute()
        await noteFactor(tx, { at: now(), personId, factor: 'recovery-codes', what: 'added' })
      })
      return codes
    },
    async accept(personId, code) {
      return db.transaction().execute(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('recovery_code')
          .set({ used_at: now() })
          .where('person_id', '=', personId)
          .where('code_sha256', '=', digest(personId, code))
          .where('used_at', 'is', null)
          .executeTakeFirst()
        if (numUpdatedRows === 0n) return false
        const left = await countLeft(tx, personId)
        const at = now()
        await journal(tx, { at, personId, action: 'recovery-code.used', detail: { left } })
        const told = { kind: 'account.recovery-used', channel: 'mail', data: { left } } as const
        await tellHolder(tx, { personId, told, at })
        return true
      })
    },
  }
}

async function countLeft(tx: Tx, personId: string): Promise<number> {
  const { left } = await tx
    .selectFrom('recovery_code')
    .select((eb) => eb.fn.countAll<number>().as('left'))
    .where('person_id', '=', personId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(left)
}

/** `7K2M-Q0ZD-8WXA-4RTE`. 256 is eight times 32: every sign is as likely. */
function makeCode(): string {
  const signs = [...randomBytes(SIGNS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
  return (signs.match(/.{4}/g) ?? []).join('-')
}

/** As people read: small letters, spaces, O for 0, I and L for 1. */
function digest(personId: string, code: string): string {
  const plain = code
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
  return sha256(`${personId}\0${plain}`)
}
