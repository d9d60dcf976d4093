import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { functionsThatMay, type MemberFunction } from '../rights/matrix.ts'
import { hasHolder } from './functions-store.ts'

/** Who administers the members of an organisation: by the table of rights and its kind. */
export async function listAdministrating(
  db: Db,
  organisationId: string,
): Promise<readonly MemberFunction[]> {
  const { kind } = await db
    .selectFrom('organisation')
    .select('kind')
    .where('id', '=', organisationId)
    .executeTakeFirstOrThrow()
  return functionsThatMay('member.invite', kind)
}

/**
 * Do something that may take an administrator away, and refuse it if none is left. The work ends
 * with its journal entry, behind whose lock of two administrators who end one another the second
 * finds himself the last.
 *
 * @throws AppError `not-authorised`.
 */
export async function keepingAnAdministrator(
  tx: Db,
  of: { readonly organisationId: string; readonly personId: string; readonly now: number },
  work: () => Promise<void>,
): Promise<void> {
  const { organisationId, personId, now } = of
  const functions = await listAdministrating(tx, organisationId)
  const wasOne = await hasHolder(tx, { organisationId, functions, now, personId })
  await work()
  if (!wasOne || (await hasHolder(tx, { organisationId, functions, now }))) return
  throw new AppError(
    'not-authorised',
    'This would leave the organisation without an administrator: appoint another one first.',
    { hints: { reason: 'last-administrator' } },
  )
}
