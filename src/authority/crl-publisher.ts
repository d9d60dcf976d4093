import type { SignDigest } from '../../hsm/algorithms.ts'
import type { Db } from '../db/database.ts'
import { appendEntries } from '../journal/store.ts'
import { buildCrl } from '../pki/crl.ts'
import { parseCrl } from '../pki/parsed-crl.ts'
import { getAuthority, toIssuer } from './issuer.ts'
import { type AuthorityName, CRL_RENEWED_AFTER_MS, CRL_VALID_MS } from './model.ts'
import {
  type AuthorityRow,
  findAuthority,
  findNewestCrl,
  findNewestStart,
  insertCrl,
  listRevoked,
} from './store.ts'

interface Deps {
  readonly db: Db
  readonly signDigest: SignDigest
  readonly now: () => number
}

/** Makes and keeps the CRLs of the appliance's CAs. */
export function makeCrlPublisher({ db, signDigest, now }: Deps) {
  /** Make a new CRL now. */
  async function publish(ca: AuthorityName): Promise<void> {
    const row = await getAuthority(db, ca)
    // A number that is taken means that another process published since: its list may lack ours.
    let isPublished = false
    while (!isPublished) isPublished = await publishNext(row, ca)
  }

  /** The number is read before the list, so a list never lacks what a lower number has. */
  async function publishNext(row: AuthorityRow, ca: AuthorityName): Promise<boolean> {
    const number = ((await findNewestCrl(db, row.id))?.number ?? 0) + 1
    const revoked = await listRevoked(db, row.id)
    const thisUpdate = Math.floor(now() / 1000) * 1000
    const nextUpdate = thisUpdate + CRL_VALID_MS
    const der = await buildCrl(
      { number, thisUpdate, nextUpdate, revoked },
      toIssuer(row),
      signDigest,
    )
    return db.transaction().execute(async (tx) => {
      const isKept = await insertCrl(tx, {
        issuer_id: row.id,
        number,
        der: Buffer.from(der),
        this_update: thisUpdate,
        next_update: nextUpdate,
      })
      if (!isKept) return false
      const detail = { ca, number, revoked: revoked.length }
      await appendEntries(tx, [
        { at: thisUpdate, actor: 'system', action: 'crl.published', subject: row.id, detail },
      ])
      return true
    })
  }

  /**
   * Make new CRLs where the newest is a day old, is older than a certificate it must speak of
   * (EU DSS believes no list from before a certificate was born), or does not say what is so now
   * because the HSM was not there to sign it. Called at the start, from time to time, and after each issuing.
   */
  async function publishWhatIsDue(): Promise<void> {
    for (const ca of ['root', 'issuing'] as const) {
      const row = await findAuthority(db, ca)
      if (row !== undefined && (await isDue(row))) await publish(ca)
    }
  }

  async function isDue({ id }: AuthorityRow): Promise<boolean> {
    const newest = await findNewestCrl(db, id)
    if (newest === undefined || now() - newest.this_update > CRL_RENEWED_AFTER_MS) return true
    if (newest.this_update < ((await findNewestStart(db, id)) ?? 0)) return true
    const named = parseCrl(newest.der).revoked
    const withdrawn = await listRevoked(db, id)
    const isSame = withdrawn.every(({ serial, reason }) => named.get(serial)?.reason === reason)
    // An entry too many is a hold that was taken back.
    return named.size !== withdrawn.length || !isSame
  }

  return { publish, publishWhatIsDue }
}
