import type { Send } from './model.ts'
import { saySms } from './words.ts'

/** Sends one POST without following redirects; the status of the answer, or a word why there is none. */
type Post = (request: {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}) => Promise<{ readonly status: number } | { readonly error: string }>

export interface SmsSettings {
  readonly url: string
  /** Read for each message, so that a new token needs no restart. */
  readonly readToken: () => Promise<string>
  readonly post: Post
}

/** What says that this very message will never be taken; all else may pass or be mended. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422])

/** Sends texts by an HTTP gateway (docs/OPERATIONS.md has its shape). */
export function makeSmsSender({ url, readToken, post }: SmsSettings): Send {
  return async (notice) => {
    const { id, recipient } = notice
    const body = JSON.stringify({ id, to: recipient, text: saySms(notice) })
    const token = await readToken().catch(() => undefined)
    if (token === undefined) {
      const words = 'The file that SCEAU_SMS_TOKEN_FILE names cannot be read.'
      return { state: 'delayed', code: 'no-token', words }
    }
    const answer = await post({
      url,
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Sceau',
        authorization: `Bearer ${token}`,
        'idempotency-key': id,
      },
    })
    if ('error' in answer) return { state: 'delayed', code: answer.error, words: answer.error }
    const { status } = answer
    if (status >= 200 && status < 300) return { state: 'accepted' }
    const words = `HTTP ${status}`
    return { state: REFUSALS.has(status) ? 'refused' : 'delayed', code: String(status), words }
  }
}
