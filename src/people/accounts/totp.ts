import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import type { Db } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { findHolder } from './account-store.ts'
import { noteFactor } from './telling.ts'

/** Encrypts what is at rest; the key never leaves the HSM. */
export interface SecretBox {
  seal(bytes: Uint8Array, context: string): Promise<Uint8Array>
  open(sealed: Uint8Array, context: string): Promise<Uint8Array>
}

interface Deps {
  readonly db: Db
  readonly now: () => number
  readonly vault: SecretBox
  readonly issuer: string
}

/** What a person's application is told, as a picture and in letters. */
interface TotpSetup {
  /** `otpauth://…`: what the picture says. */
  readonly uri: string
  /** Base32. */
  readonly secret: string
}

export interface Totp {
  /** Begin, or go on with what was begun. */
  setUp(personId: string): Promise<TotpSetup>
  /**
   * The first code shows that the application has the secret: from now on it is a factor, in place
   * of the one before.
   *
   * @throws AppError `invalid-request` for a code that does not fit.
   */
  confirm(personId: string, code: string): Promise<void>
  /** Whether a code is right and new: one is accepted once, and then none before it. */
  accept(personId: string, code: string): Promise<boolean>
}

/** RFC 6238 with what every application knows: SHA-1, six digits, thirty seconds. */
const PERIOD_S = 30
const SHAPE = { algorithm: 'SHA1', digits: 6, period: PERIOD_S } as const
/** A telephone's clock may be this many steps wrong. */
const WINDOW = 1
const SECRET_BYTES = 20
const CODE = /^\d{6}$/

export function makeTotp({ db, now, vault, issuer }: Deps): Totp {
  return {
    async setUp(personId) {
      const holder = await findHolder(db, { id: personId })
      if (holder === undefined) throw new AppError('not-found', 'There is no such account.')
      const secret = (await findSecret(personId, 'pending')) ?? (await begin(personId))
      const label = holder.email
      const totp = new TOTP({ ...SHAPE, issuer, label, secret })
      return { uri: totp.toString(), secret: secret.base32 }
    },
    async confirm(personId, code) {
      const secret = await findSecret(personId, 'pending')
      const step = secret && stepOf(secret, code)
      if (step === undefined) throw new AppError('invalid-request', WRONG)
      await db.transaction().execute(async (tx) => {
        await tx
          .deleteFrom('totp')
          .where('person_id', '=', personId)
          .where('state', '=', 'active')
          .execute()
        const { numUpdatedRows } = await tx
          .updateTable('totp')
          .set({ state: 'active', last_step: step })
          .where('person_id', '=', personId)
          .where('state', '=', 'pending')
          .executeTakeFirst()
        if (numUpdatedRows === 0n) throw new AppError('invalid-request', WRONG)
        await noteFactor(tx, { at: now(), personId, factor: 'totp', what: 'added' })
      })
    },
    async accept(personId, code) {
      const secret = await findSecret(personId, 'active')
      const step = secret && stepOf(secret, code)
      if (step === undefined) return false
      const { numUpdatedRows } = await db
        .updateTable('totp')
        .set({ last_step: step })
        .where('person_id', '=', personId)
        .where('state', '=', 'active')
        .where('last_step', '<', step)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
  }

  async function begin(personId: string): Promise<Secret> {
    const bytes = Uint8Array.from(randomBytes(SECRET_BYTES))
    await db
      .insertInto('totp')
      .values({
        person_id: personId,
        state: 'pending',
        sealed_secret: await vault.seal(bytes, contextOf(personId)),
        last_step: 0,
        created_at: now(),
      })
      .execute()
    return new Secret({ buffer: bytes.buffer })
  }

  async function findSecret(
    personId: string,
    state: 'pending' | 'active',
  ): Promise<Secret | undefined> {
    const row = await db
      .selectFrom('totp')
      .select('sealed_secret')
      .where('person_id', '=', personId)
      .where('state', '=', state)
      .executeTakeFirst()
    if (row === undefined) return undefined
    const bytes = await vault.open(row.sealed_secret, contextOf(personId))
    return new Secret({ buffer: Uint8Array.from(bytes).buffer })
  }

  /** The step a code belongs to, if it is right at this time or one beside it. */
  function stepOf(secret: Secret, code: string): number | undefined {
    const token = code.replace(/\s/g, '')
    if (!CODE.test(token)) return undefined
    const timestamp = now()
    const delta = TOTP.validate({ ...SHAPE, token, secret, timestamp, window: WINDOW })
    return delta === null ? undefined : Math.floor(timestamp / 1000 / PERIOD_S) + delta
  }
}

function contextOf(personId: string): string {
  return `totp:${personId}`
}

const WRONG =
  'This code does not fit. Check that the clock of your telephone is right, and type the code it shows now.'
