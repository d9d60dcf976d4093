import type { SignDigest } from '../../hsm/algorithms.ts'
import type { KeyMaker } from '../../src/authority/model.ts'
import {
  type Authority,
  type IssuedCertificate,
  makeAuthority,
} from '../../src/authority/service.ts'
import type { Db } from '../../src/db/database.ts'
import { AppError } from '../../src/errors.ts'
import { makeSoftwareToken, type SoftwareToken } from './software-token.ts'

/** An authority after its ceremony, on a token in memory that can be taken away. */
export interface AuthorityBench {
  readonly db: Db
  readonly authority: Authority
  readonly token: SoftwareToken
  /** Unix ms, for the tests to move. */
  readonly clock: { now: number }
  /** Whether the HSM is there. */
  readonly hsm: { isAway: boolean; signatures: number }
  readonly root: Uint8Array
  readonly issuing: Uint8Array
  issueSeal(wish?: { organisationId?: string }): Promise<IssuedCertificate>
  issuePerson(wish?: { personId?: string }): Promise<IssuedCertificate>
}

export const COUNCIL = { name: 'Conseil régional d’essai', siren: '012345674' }

export async function makeAuthorityBench(
  db: Db,
  start: number = Date.now(),
): Promise<AuthorityBench> {
  const token = makeSoftwareToken()
  const clock = { now: start }
  const hsm = { isAway: false, signatures: 0 }
  const away = () => new AppError('hsm-unavailable', 'The HSM is away.')
  const signDigest: SignDigest = async (request) => {
    if (hsm.isAway) throw away()
    hsm.signatures += 1
    return token.signDigest(request)
  }
  const keys: KeyMaker = {
    generateKey: async (request) => {
      if (hsm.isAway) throw away()
      return token.generateKey(request)
    },
  }
  const publicUrl = 'http://sceau.example'
  const authority = makeAuthority({ db, keys, signDigest, publicUrl, now: () => clock.now })
  await authority.create(COUNCIL, 'p-256')
  const find = async (ca: string) => (await authority.findCertificate(ca)) ?? new Uint8Array()

  return {
    ...{ db, authority, token, clock, hsm },
    root: await find('root'),
    issuing: await find('issuing'),
    async issueSeal(wish = {}) {
      const key = await token.generateKey({ algorithm: 'p-256', label: 'seal' })
      const subject = {
        country: 'FR',
        organisation: COUNCIL.name,
        organisationIdentifier: `NTRFR-${COUNCIL.siren}`,
        commonName: 'Cachet du conseil',
      }
      const { publicKey } = key
      return authority.issue({ profile: 'seal', subject, publicKey, key, ...wish })
    },
    async issuePerson(wish = {}) {
      const key = await token.generateKey({ algorithm: 'p-256', label: 'person' })
      const name = { givenName: 'Zoé', surname: 'D’Artagnan', serialNumber: 'S-0123' }
      const subject = { country: 'FR', ...name, commonName: 'Zoé D’Artagnan' }
      const { publicKey } = key
      return authority.issue({ profile: 'person', subject, publicKey, key, ...wish })
    },
  }
}
