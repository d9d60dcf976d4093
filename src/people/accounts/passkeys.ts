import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { Db } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { findHolder, findWays, lockAccount } from './account-store.ts'
import { insertChallenge, takeChallenge } from './challenges.ts'
import { isWayIn, LAST_WAY } from './factor-rules.ts'
import { makeToken } from './model.ts'
import { challengeOf, parseAssertion, parseRegistration } from './passkey-answers.ts'
import {
  deletePasskey,
  findPasskey,
  insertPasskey,
  listPasskeys,
  markPasskeyUsed,
  type Passkey,
  renamePasskey,
} from './passkey-store.ts'
import { noteFactor } from './telling.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
  /** The address people see: passkeys are good for its host alone. */
  readonly publicUrl: string
}

/** Which browser is asked: its cookie before sign-in, or its session. */
interface Bound {
  readonly boundTo: string
}

export interface Passkeys {
  beginRegistration(
    who: Bound & { readonly personId: string },
  ): Promise<PublicKeyCredentialCreationOptionsJSON>
  /** @throws AppError `invalid-request` when the answer fits no question, or is not right. */
  finishRegistration(
    answer: Bound & { readonly personId: string; readonly answer: string; readonly name: string },
  ): Promise<Passkey>
  /** @param personId - Whose passkey it must be; without, the browser offers those it knows. */
  beginAssertion(
    who: Bound & { readonly personId?: string },
  ): Promise<PublicKeyCredentialRequestOptionsJSON>
  /** @returns Whose passkey answered, or undefined when it is not right, for whatever reason. */
  finishAssertion(
    answer: Bound & { readonly personId?: string; readonly answer: string },
  ): Promise<string | undefined>
  list(personId: string): Promise<Passkey[]>
  /** @throws AppError `not-found`. */
  rename(which: { personId: string; id: string; name: string }): Promise<void>
  /** @throws AppError `not-found`; `invalid-request` when it is the last way in. */
  remove(which: { personId: string; id: string }): Promise<void>
}

const CHALLENGE_MS = 5 * 60_000
const NAME_LENGTH_MAX = 60
const PASSKEYS_MAX = 20
const NAME = 'Sceau'

/** Passkeys (WebAuthn Level 3): discoverable, and the authenticator verifies its user. */
export function makePasskeys({ db, now, publicUrl }: Deps): Passkeys {
  const { hostname: rpID, origin } = new URL(publicUrl)
  const expected = { expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true }
  return {
    async beginRegistration({ boundTo, personId }) {
      const holder = await findHolder(db, { id: personId })
      if (holder === undefined) throw new AppError('not-found', 'There is no such account.')
      const known = await listPasskeys(db, personId)
      if (known.length >= PASSKEYS_MAX) throw new AppError('quota-exceeded', TOO_MANY)
      const options = await generateRegistrationOptions({
        rpName: NAME,
        rpID,
        userName: holder.email,
        userDisplayName: `${holder.givenName} ${holder.familyName}`,
        userID: Uint8Array.from(Buffer.from(personId)),
        challenge: Uint8Array.from(Buffer.from(makeToken(), 'base64url')),
        timeout: CHALLENGE_MS,
        excludeCredentials: known.map(({ id, transports }) => ({
          id,
          transports: [...transports],
        })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      })
      await keep('passkey-registration', { boundTo, personId, secret: options.challenge })
      return options
    },
    async finishRegistration({ boundTo, personId, answer, name }) {
      const response = parseRegistration(answer)
      const secret = challengeOf(response?.response.clientDataJSON ?? '')
      const asked = await takeChallenge(
        db,
        { kind: 'passkey-registration', secret, boundTo },
        now(),
      )
      if (response === undefined || asked?.personId !== personId) throw refused()
      const { authenticatorAttachment, ...rest } = response
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        ...expected,
        expectedChallenge: secret,
        response: {
          ...rest,
          ...(authenticatorAttachment !== undefined && { authenticatorAttachment }),
          clientExtensionResults: {},
        },
      }).catch((error: unknown) => {
        throw refused(error)
      })
      if (!verified) throw refused()
      const { credential } = registrationInfo
      const at = now()
      const passkey = {
        ...{ id: credential.id, personId, name: clean(name), createdAt: at, lastUsedAt: null },
        publicKey: credential.publicKey,
        counter: credential.counter,
        transports: response.response.transports,
      }
      await db.transaction().execute(async (tx) => {
        if (!(await insertPasskey(tx, passkey))) throw refused()
        await noteFactor(tx, { at, personId, factor: 'passkey', what: 'added' })
      })
      return toListed(passkey)
    },
    async beginAssertion({ boundTo, personId }) {
      const known = personId === undefined ? [] : await listPasskeys(db, personId)
      const options = await generateAuthenticationOptions({
        rpID,
        challenge: Uint8Array.from(Buffer.from(makeToken(), 'base64url')),
        timeout: CHALLENGE_MS,
        userVerification: 'required',
        allowCredentials: known.map(({ id, transports }) => ({ id, transports: [...transports] })),
      })
      const secret = options.challenge
      await keep(kindOf(personId), { boundTo, personId: personId ?? null, secret })
      return options
    },
    async finishAssertion({ boundTo, personId, answer }) {
      const response = parseAssertion(answer)
      const secret = challengeOf(response?.response.clientDataJSON ?? '')
      const asked = await takeChallenge(db, { kind: kindOf(personId), secret, boundTo }, now())
      if (response === undefined || asked === undefined) return undefined
      if (asked.personId !== (personId ?? null)) return undefined
      const passkey = await findPasskey(db, response.id)
      if (passkey === undefined) return undefined
      if (personId !== undefined && passkey.personId !== personId) return undefined
      const { userHandle } = response.response
      if (userHandle != null && decode(userHandle) !== passkey.personId) return undefined
      const counter = await newCounter(response, secret, passkey)
      if (counter === undefined) return undefined
      const isFirst = await markPasskeyUsed(db, passkey, { counter, at: now() })
      return isFirst ? passkey.personId : undefined
    },
    async list(personId) {
      return (await listPasskeys(db, personId)).map(toListed)
    },
    async rename({ personId, id, name }) {
      if (await renamePasskey(db, { id, personId, name: clean(name) })) return
      throw new AppError('not-found', 'There is no such passkey.')
    },
    async remove({ personId, id }) {
      await db.transaction().execute(async (tx) => {
        await lockAccount(tx, personId)
        if (!(await deletePasskey(tx, id, personId))) {
          throw new AppError('not-found', 'There is no such passkey.')
        }
        if (!isWayIn(await findWays(tx, personId)))
          throw new AppError('invalid-request', LAST, LAST_WAY)
        const at = now()
        await noteFactor(tx, { at, personId, factor: 'passkey', what: 'removed' })
      })
    },
  }

  async function keep(
    kind: 'passkey-registration' | 'passkey-sign-in' | 'passkey-factor',
    asked: { boundTo: string; personId: string | null; secret: string },
  ): Promise<void> {
    await insertChallenge(db, { kind, ...asked, detail: {}, expiresAt: now() + CHALLENGE_MS })
  }

  /** The counter of a right answer. An authenticator that counts must have counted on. */
  async function newCounter(
    response: NonNullable<ReturnType<typeof parseAssertion>>,
    expectedChallenge: string,
    { id, publicKey, counter }: Awaited<ReturnType<typeof listPasskeys>>[number],
  ): Promise<number | undefined> {
    const { authenticatorAttachment, ...rest } = response
    const { userHandle, ...signed } = response.response
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        ...expected,
        expectedChallenge,
        credential: { id, publicKey, counter },
        response: {
          ...rest,
          ...(authenticatorAttachment !== undefined && { authenticatorAttachment }),
          response: { ...signed, ...(userHandle != null && { userHandle }) },
          clientExtensionResults: {},
        },
      })
      return verified ? authenticationInfo.newCounter : undefined
    } catch {
      return undefined
    }
  }
}

function kindOf(personId: string | undefined): 'passkey-sign-in' | 'passkey-factor' {
  return personId === undefined ? 'passkey-sign-in' : 'passkey-factor'
}

function toListed({ id, personId, name, createdAt, lastUsedAt }: Passkey): Passkey {
  return { id, personId, name, createdAt, lastUsedAt }
}

function clean(name: string): string {
  return name.trim().slice(0, NAME_LENGTH_MAX) || NAME
}

function decode(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString('utf8')
}

function refused(cause?: unknown): AppError {
  return new AppError(
    'invalid-request',
    'This passkey could not be registered: the question is too old, or the key is known already. Begin again.',
    { cause },
  )
}

const TOO_MANY = `You have ${PASSKEYS_MAX} passkeys: remove one that you do not use any more.`
const LAST =
  'This is your last way to sign in: add another passkey, or a password with an application of codes, and then remove this one.'
