import { DEFAULT_SIGNATURE_ALGORITHM, isKeyAlgorithm } from '../../hsm/algorithms.ts'
import { readSubject } from '../cms/certificate-parts.ts'
import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import type { Issuer } from '../pki/certificate.ts'
import type { AuthorityName } from './model.ts'
import { type AuthorityRow, findAuthority } from './store.ts'

/** A CA of ours with its key. @throws AppError `invalid-request` before the ceremony. */
export async function getAuthority(db: Db, ca: AuthorityName): Promise<AuthorityRow> {
  const row = await findAuthority(db, ca)
  if (row !== undefined) return row
  throw new AppError(
    'invalid-request',
    'There is no certification authority yet: run `sceau init`.',
  )
}

/** A CA as what signs certificates and CRLs. */
export function toIssuer(row: AuthorityRow): Issuer {
  if (row.key_id === null || !isKeyAlgorithm(row.key_algorithm)) {
    throw new RangeError(`certificate ${row.id} is no CA of ours`)
  }
  return {
    name: readSubject(row.der),
    keyId: row.key_id,
    algorithm: DEFAULT_SIGNATURE_ALGORITHM[row.key_algorithm],
    publicKey: row.public_key,
    notAfter: row.not_after,
  }
}
