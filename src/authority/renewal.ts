import { randomBytes } from 'node:crypto'
import { isKeyAlgorithm } from '../../hsm/algorithms.ts'
import { readSubject } from '../cms/certificate-parts.ts'
import type { Db, Tx } from '../db/database.ts'
import type { Row } from '../db/schema.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { readName } from '../pki/name.ts'
import { isIdentityFresh, stateAt } from './life.ts'
import type { KeyMaker } from './model.ts'
import type { Authority, IssuedCertificate } from './service.ts'
import { findCertificateById } from './store.ts'

export interface RenewalDeps {
  readonly db: Db
  readonly authority: Pick<Authority, 'issue' | 'supersede'>
  readonly keys: KeyMaker & { destroyKey(keyId: string): Promise<unknown> }
  readonly now: () => number
  /** When a person's identity was last verified, Unix ms; undefined for never. */
  readonly findIdentityProof: (personId: string) => Promise<number | undefined>
}

const KEY_ID_BYTES = 16
/** A renewal that was cut short may be asked again for a day; then its key is destroyed. */
const FORGOTTEN_AFTER_MS = 86_400_000

/** New certificates on new keys for holders who have one. */
export function makeRenewal({ db, authority, keys, now, findIdentityProof }: RenewalDeps) {
  /**
   * Renew a certificate of a person or a seal: same name, a new key born in the token, a new
   * certificate, and the one before superseded, all at once. What used the old one uses the new one.
   *
   * @throws AppError `not-found`, `certificate-expired` (enrol anew), `invalid-request` when the
   *   identity was verified more than five years ago.
   */
  async function renew(id: string, actor: string): Promise<IssuedCertificate> {
    const old = await findCertificateById(db, id)
    if (old === undefined) throw notRenewable()
    const { profile, person_id, organisation_id } = old
    if (profile !== 'person' && profile !== 'seal') throw notRenewable()
    await requireRenewable(old)
    const keyId = await intendKey(id)
    const algorithm = await algorithmOf(old)
    const key = await keys.generateKey({ algorithm, label: `sceau renewal ${id}`, keyId })
    return authority.issue({
      profile,
      subject: readName(readSubject(old.der)),
      publicKey: key.publicKey,
      key,
      ...(person_id !== null && { personId: person_id }),
      ...(organisation_id !== null && { organisationId: organisation_id }),
      together: async (tx, issued) => {
        await authority.supersede(tx, id, issued.id, actor)
        await moveSeals(tx, id, { certificate: issued.id, key: key.keyId })
        await tx.deleteFrom('certificate_renewal').where('certificate_id', '=', id).execute()
      },
    })
  }

  async function requireRenewable(old: Row<'certificate'>): Promise<void> {
    const { state, not_before: notBefore, not_after: notAfter, person_id } = old
    const shown = stateAt({ state, notBefore, notAfter }, now())
    if (shown === 'expired') {
      throw new AppError('certificate-expired', 'This certificate has ended: enrol anew.')
    }
    if (shown !== 'active' || old.issuer_id === null) throw notRenewable()
    if (person_id === null) return
    const verifiedAt = await findIdentityProof(person_id)
    if (verifiedAt !== undefined && isIdentityFresh(verifiedAt, now())) return
    throw new AppError(
      'invalid-request',
      'The identity was last verified more than five years ago: enrol anew.',
      { hints: { reason: 'identity-too-old' } },
    )
  }

  /** The id of the key is written down before the HSM is asked for it. */
  async function intendKey(certificateId: string): Promise<string> {
    await db
      .insertInto('certificate_renewal')
      .values({
        certificate_id: certificateId,
        key_id: randomBytes(KEY_ID_BYTES).toString('hex'),
        wanted_at: now(),
      })
      .onConflict((conflict) => conflict.column('certificate_id').doUpdateSet({ wanted_at: now() }))
      .execute()
    const { key_id } = await db
      .selectFrom('certificate_renewal')
      .select('key_id')
      .where('certificate_id', '=', certificateId)
      .executeTakeFirstOrThrow()
    return key_id
  }

  async function algorithmOf({ key_id }: Row<'certificate'>) {
    const key = await db
      .selectFrom('signing_key')
      .select('algorithm')
      .where('id', '=', key_id ?? '')
      .executeTakeFirst()
    if (key === undefined || !isKeyAlgorithm(key.algorithm)) throw notRenewable()
    return key.algorithm
  }

  /** Destroy keys of renewals that nobody came back for. @returns How many. */
  async function sweep(): Promise<number> {
    const left = await db
      .selectFrom('certificate_renewal')
      .selectAll()
      .where('wanted_at', '<', now() - FORGOTTEN_AFTER_MS)
      .execute()
    for (const { certificate_id, key_id, wanted_at } of left) {
      await keys.destroyKey(key_id)
      await db.transaction().execute(async (tx) => {
        const gone = await tx
          .deleteFrom('certificate_renewal')
          .where('certificate_id', '=', certificate_id)
          .where('wanted_at', '=', wanted_at)
          .returning('key_id')
          .executeTakeFirst()
        if (gone === undefined) return
        const detail = { certificate: certificate_id }
        await appendEntries(tx, [
          { at: now(), actor: 'system', action: 'key.destroyed', subject: key_id, detail },
        ])
      })
    }
    return left.length
  }

  return { renew, sweep }
}

/** Seals go on with the new certificate and its key. */
async function moveSeals(
  tx: Tx,
  from: string,
  to: { certificate: string; key: string },
): Promise<void> {
  await tx
    .updateTable('seal')
    .set({ certificate_id: to.certificate, key_id: to.key })
    .where('certificate_id', '=', from)
    .execute()
}

function notRenewable(): AppError {
  return new AppError('not-found', 'There is no certificate of this id that could be renewed.')
}
