import type { HolderAccounts } from './deps.ts'

/** Whether a person has all it takes to sign in: until then he comes by a link. */
export async function signsIn(
  { hasPassword, hasFactor }: HolderAccounts,
  personId: string,
): Promise<boolean> {
  return (await hasPassword(personId)) && (await hasFactor(personId))
}
