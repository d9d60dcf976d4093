import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { z } from 'zod'
import type { Db } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { insertChallenge, takeChallenge } from './challenges.ts'

export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

/** What a person goes to the identity provider for. */
type OidcPurpose = 'sign-in' | 'bind' | 'step-up'

/** Who came back from the identity provider, by its signed word. */
export interface OidcAnswer {
  readonly purpose: OidcPurpose
  /** The page to go on with. */
  readonly next: string
  /** Whose session asked; null for a sign-in. */
  readonly personId: string | null
  readonly issuer: string
  readonly subject: string
  /** Number of the professional register, where the provider asserts it. */
  readonly professionalId: string | undefined
}

export interface Oidc {
  /** @returns The address at the identity provider to send the browser to. */
  begin(asked: {
    readonly boundTo: string
    readonly purpose: OidcPurpose
    readonly next: string
    readonly personId?: string
  }): Promise<string>
  /**
   * @param query - What the browser brought back, with its `?`.
   * @throws AppError `invalid-request` when it answers no question of this browser, or the provider refused.
   */
  finish(answer: { readonly boundTo: string; readonly query: string }): Promise<OidcAnswer>
}

const CHALLENGE_MS = 10 * 60_000
const TIMEOUT_S = 10
export const OIDC_CALLBACK = '/sign-in/oidc/callback'

/** What a provider that knows the professional register calls its number. */
const PROFESSIONAL_CLAIM = 'professional_id'
const ProfessionalId = z.string().trim().min(1).max(64)

const Detail = z.object({
  purpose: z.enum(['sign-in', 'bind', 'step-up']),
  next: z.string(),
  verifier: z.string(),
  nonce: z.string(),
})

/** Sign-in at an OpenID provider: code flow with PKCE, state and nonce (OpenID Connect Core §3.1). */
export function makeOidc(
  deps: { readonly db: Db; readonly now: () => number; readonly publicUrl: string },
  settings: OidcSettings,
): Oidc {
  const { db, now, publicUrl } = deps
  const redirectUri = new URL(OIDC_CALLBACK, publicUrl).href
  let known: Promise<Configuration> | undefined
  return {
    async begin({ boundTo, purpose, next, personId = null }) {
      const configuration = await getConfiguration()
      const verifier = randomPKCECodeVerifier()
      const [state, nonce] = [randomState(), randomNonce()]
      await insertChallenge(db, {
        ...{ kind: 'oidc', secret: state, boundTo, personId },
        detail: { purpose, next, verifier, nonce },
        expiresAt: now() + CHALLENGE_MS,
      })
      const url = buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid email profile',
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...{ state, nonce },
        // What counts as a fresh factor must be one.
        ...(purpose === 'step-up' && { prompt: 'login', max_age: '0' }),
      })
      return url.href
    },
    async finish({ boundTo, query }) {
      const state = new URLSearchParams(query).get('state') ?? ''
      const asked = await takeChallenge(db, { kind: 'oidc', secret: state, boundTo }, now())
      const detail = Detail.safeParse(asked?.detail).data
      if (asked === undefined || detail === undefined) throw refused()
      const { purpose, next, verifier, nonce } = detail
      const tokens = await authorizationCodeGrant(
        await getConfiguration(),
        new URL(`${redirectUri}${query}`),
        {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
          ...(purpose === 'step-up' && { maxAge: STEP_UP_AGE_S }),
        },
      ).catch((error: unknown) => {
        throw refused(error)
      })
      const claims = tokens.claims()
      if (claims === undefined) throw refused()
      const { iss: issuer, sub: subject } = claims
      const professionalId = ProfessionalId.safeParse(claims[PROFESSIONAL_CLAIM]).data
      return { purpose, next, personId: asked.personId, issuer, subject, professionalId }
    },
  }

  /** Asked for at the first sign-in, and again after a failure: the provider may be away at the start. */
  async function getConfiguration(): Promise<Configuration> {
    known ??= discover(settings)
    try {
      return await known
    } catch (error) {
      known = undefined
      throw new AppError(
        'invalid-request',
        'The identity provider cannot be reached just now: sign in by another way, or try again later.',
        { cause: error },
      )
    }
  }
}

/** Time to type a password there, and to come back. */
const STEP_UP_AGE_S = 300

async function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<Configuration> {
  const server = new URL(issuer)
  return discovery(server, clientId, clientSecret, undefined, {
    timeout: TIMEOUT_S,
    // The configuration lets only this machine be reached without TLS.
    ...(server.protocol === 'http:' && { execute: [allowInsecureRequests] }),
  })
}

function refused(cause?: unknown): AppError {
  return new AppError(
    'invalid-request',
    'The sign-in at the identity provider did not come to an end, or is too old. Begin again.',
    { cause },
  )
}
