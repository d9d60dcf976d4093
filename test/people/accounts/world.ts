import type { Db } from '../../../src/db/database.ts'
import { makeIdMaker } from '../../../src/ids.ts'
import { sha256 } from '../../../src/people/accounts/model.ts'
import type { OidcSettings } from '../../../src/people/accounts/oidc.ts'
import { makePasswordHasher, type PasswordHasher } from '../../../src/people/accounts/passwords.ts'
import { type Accounts, makeAccounts } from '../../../src/people/accounts/service.ts'
import type { SecretBox } from '../../../src/people/accounts/totp.ts'
import { enterMember, foundOrganisation } from '../../../src/people/service.ts'

export const PASSWORD = 'quatre chevaux gris au pré'
export const BROWSER = {
  boundTo: sha256('browser'),
  ip: '192.0.2.7',
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0',
}

/** Cheap, so that tests are about what is asked and not about how long it takes. */
export const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 }

/** The vault at its own port: what is sealed opens for its own context alone. */
export const BOX: SecretBox = {
  async seal(bytes, context) {
    return Uint8Array.from([...Buffer.from(`${context}\0`), ...bytes].map((byte) => byte ^ 0x5a))
  },
  async open(sealed, context) {
    const plain = sealed.map((byte) => byte ^ 0x5a)
    const head = `${context}\0`
    if (!Buffer.from(plain).toString('latin1').startsWith(head)) throw new Error('another context')
    return plain.slice(head.length)
  },
}

export interface World {
  readonly db: Db
  readonly accounts: Accounts
  readonly council: string
  readonly clock: { now: number }
  /** Compared passwords so far. */
  readonly compared: () => number
  enter(name: string): Promise<{ id: string; email: string }>
}

/** An appliance with one organisation, whose clock stands still until a test moves it. */
export async function makeWorld(
  db: Db,
  publicUrl = 'https://sceau.example',
  oidc?: OidcSettings,
): Promise<World> {
  const clock = { now: Date.UTC(2026, 10, 24, 9) }
  const now = () => clock.now
  const { hasher, compared } = counting(makePasswordHasher(CHEAP))
  const makeId = makeIdMaker()
  const accounts = makeAccounts({ db, now, makeId, vault: BOX, publicUrl, hasher, oidc })
  const { id: council } = await foundOrganisation(
    { db, now },
    { kind: 'council', name: 'Conseil d’essai', siren: '123456782' },
  )
  return {
    ...{ db, accounts, council, clock, compared },
    async enter(name) {
      const email = `${name.toLowerCase()}@conseil.example`
      const id = await enterMember(
        { db, now },
        {
          organisationId: council,
          givenName: name,
          familyName: 'MARTINEAU',
          email,
          function: 'secretary-general',
          validTo: null,
        },
      )
      await db.transaction().execute((tx) => accounts.createAccount(tx, { personId: id }))
      return { id, email }
    },
  }
}

function counting(inner: PasswordHasher) {
  let compared = 0
  const hasher: PasswordHasher = {
    ...inner,
    verify(stored, password) {
      compared += 1
      return inner.verify(stored, password)
    },
  }
  return { hasher, compared: () => compared }
}
