import type { Db } from '../../db/database.ts'

/** A person as sign-in needs to know him. */
export interface Holder {
  readonly id: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  readonly locale: 'fr' | 'en'
  readonly passwordHash: string | null
}

/** @param by - The id, or the address in small letters. */
export async function findHolder(
  db: Db,
  by: { readonly id: string } | { readonly email: string },
): Promise<Holder | undefined> {
  const [column, value] =
    'id' in by ? (['person.id', by.id] as const) : (['email', by.email] as const)
  const row = await db
    .selectFrom('account')
    .innerJoin('person', 'person.id', 'account.person_id')
    .select(['person.id', 'given_name', 'family_name', 'email', 'locale', 'password_hash'])
    .where(column, '=', value)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { id, given_name: givenName, family_name: familyName, email, locale } = row
  return { id, givenName, familyName, email, locale, passwordHash: row.password_hash }
}

export async function insertAccount(db: Db, personId: string, at: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('account')
    .values({ person_id: personId, password_hash: null, password_at: null, created_at: at })
    .onConflict((conflict) => conflict.column('person_id').doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function savePassword(
  db: Db,
  { personId, hash, at }: { personId: string; hash: string; at: number },
): Promise<void> {
  await db
    .updateTable('account')
    .set({ password_hash: hash, password_at: at })
    .where('person_id', '=', personId)
    .execute()
}

/** The same password by today's parameters, unless it was changed meanwhile. */
export async function replaceHash(db: Db, before: string, after: string): Promise<void> {
  await db
    .updateTable('account')
    .set({ password_hash: after })
    .where('password_hash', '=', before)
    .execute()
}

/** What a person can sign in with. */
export interface Ways {
  readonly password: boolean
  readonly totp: boolean
  readonly passkeys: number
  readonly recoveryCodes: number
  readonly oidc: number
}

export async function findWays(db: Db, personId: string): Promise<Ways> {
  const row = await db
    .selectFrom('account')
    .select((eb) => [
      'password_hash',
      eb
        .selectFrom('totp')
        .select((e) => e.fn.countAll<number>().as('n'))
        .where('person_id', '=', personId)
        .where('state', '=', 'active')
        .as('totp'),
      eb
        .selectFrom('passkey')
        .select((e) => e.fn.countAll<number>().as('n'))
        .where('person_id', '=', personId)
        .as('passkeys'),
      eb
        .selectFrom('recovery_code')
        .select((e) => e.fn.countAll<number>().as('n'))
        .where('person_id', '=', personId)
        .where('used_at', 'is', null)
        .as('codes'),
      eb
        .selectFrom('oidc_subject')
        .select((e) => e.fn.countAll<number>().as('n'))
        .where('person_id', '=', personId)
        .as('oidc'),
    ])
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return {
    password: row?.password_hash != null,
    totp: Number(row?.totp ?? 0) > 0,
    passkeys: Number(row?.passkeys ?? 0),
    recoveryCodes: Number(row?.codes ?? 0),
    oidc: Number(row?.oidc ?? 0),
  }
}

/** Of a person's changes of factors one happens after the other: none takes the last by mistake. */
export async function lockAccount(db: Db, personId: string): Promise<void> {
  await db
    .updateTable('account')
    .set((eb) => ({ created_at: eb.ref('created_at') }))
    .where('person_id', '=', personId)
    .execute()
}

/** @returns Whether the device is new for a person who has used others before. */
export async function noteDevice(
  db: Db,
  { personId, device, at }: { personId: string; device: string; at: number },
): Promise<'first' | 'known' | 'new'> {
  const known = await db
    .updateTable('known_device')
    .set({ last_at: at })
    .where('person_id', '=', personId)
    .where('device_sha256', '=', device)
    .executeTakeFirst()
  if (known.numUpdatedRows > 0n) return 'known'
  const other = await db
    .selectFrom('known_device')
    .select('device_sha256')
    .where('person_id', '=', personId)
    .executeTakeFirst()
  await db
    .insertInto('known_device')
    .values({ person_id: personId, device_sha256: device, last_at: at })
    .onConflict((conflict) => conflict.columns(['person_id', 'device_sha256']).doNothing())
    .execute()
  return other === undefined ? 'first' : 'new'
}

/** What a person sees of himself. */
export interface Profile {
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  readonly mobile: string | null
  readonly professionalId: string | null
  readonly locale: 'fr' | 'en'
}

export async function findProfile(db: Db, personId: string): Promise<Profile | undefined> {
  const row = await db
    .selectFrom('person')
    .select(['given_name', 'family_name', 'email', 'mobile', 'professional_id', 'locale'])
    .where('id', '=', personId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { given_name: givenName, family_name: familyName, email, mobile, locale } = row
  return { givenName, familyName, email, mobile, professionalId: row.professional_id, locale }
}

export async function saveLocale(db: Db, personId: string, locale: 'fr' | 'en'): Promise<void> {
  await db.updateTable('person').set({ locale }).where('id', '=', personId).execute()
}
