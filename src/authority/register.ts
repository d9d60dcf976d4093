import type { Tx } from '../db/database.ts'
import type { NewRow, Row } from '../db/schema.ts'
import { appendEntries } from '../journal/store.ts'
import type { MadeKey } from './model.ts'
import { insertCertificate, insertKey } from './store.ts'

/** Enter a key that the token made, with its birth record, into database and journal. */
export async function registerKey(
  tx: Tx,
  key: MadeKey,
  { purpose, at }: { purpose: Row<'signing_key'>['purpose']; at: number },
): Promise<void> {
  await insertKey(tx, key, { purpose, createdAt: at })
  const { keyId, algorithm, birth } = key
  const detail = { algorithm, purpose, birth: JSON.stringify(birth) }
  await appendEntries(tx, [
    { at, actor: 'system', action: 'key.generated', subject: keyId, detail },
  ])
}

/** Enter an issued certificate into database and journal; a person is not named in the journal. */
export async function registerCertificate(tx: Tx, row: NewRow<'certificate'>): Promise<void> {
  await insertCertificate(tx, row)
  const { id, profile, serial, subject, not_after: notAfter, created_at: at } = row
  const detail = { profile, serial, holder: profile === 'person' ? '' : subject, notAfter }
  await appendEntries(tx, [
    { at, actor: 'system', action: 'certificate.issued', subject: id, detail },
  ])
}
