import type { Session } from '../../../src/people/accounts/model.ts'
import { PUBLIC_URL, type Site } from './site.ts'

export interface Answer {
  readonly status: number
  readonly location: string | null
  readonly type: string
  readonly headers: Headers
  readonly text: string
}

/** A person who has signed in, acts for an organisation, and has just shown a factor. */
export interface Browser {
  readonly personId: string
  readonly session: Session
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  post(
    path: string,
    fields?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  send(path: string, init: RequestInit): Promise<Answer>
}

export async function signIn(
  { app, deps: { accounts } }: Site,
  { personId, organisationId }: { personId: string; organisationId?: string },
): Promise<Browser> {
  const browser = { ip: '192.0.2.7', userAgent: 'Firefox', methods: ['passkey'] as const }
  const started = await accounts.startSession({ ...browser, personId })
  const chosen =
    organisationId === undefined
      ? started
      : await accounts.chooseOrganisation(started.session.id, organisationId)
  const { token, session } = await accounts.markStepUp(chosen.session.id, 'passkey')

  async function send(path: string, { headers, ...init }: RequestInit): Promise<Answer> {
    const given = new Headers(headers)
    given.set('cookie', `__Host-sceau=${token}; __Host-sceau-lang=fr`)
    if (!given.has('accept')) given.set('accept', 'text/html')
    const response = await app.request(new URL(path, PUBLIC_URL), { ...init, headers: given })
    return {
      status: response.status,
      location: response.headers.get('location'),
      type: response.headers.get('content-type') ?? '',
      headers: response.headers,
      text: await response.text(),
    }
  }

  return {
    ...{ personId, session, send },
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, fields = {}, headers = {}) =>
      send(path, {
        ...{ method: 'POST', headers: { 'sec-fetch-site': 'same-origin', ...headers } },
        body: new URLSearchParams({ csrf: session.csrf, ...fields }),
      }),
  }
}
