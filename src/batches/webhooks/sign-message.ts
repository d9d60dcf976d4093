import { createHmac } from 'node:crypto'

const SECRET_PREFIX = 'whsec_'

/**
 * The headers that let the receiver know a message as ours, by the Standard Webhooks specification
 * («Signature scheme»): HMAC-SHA256 over id, time and body.
 *
 * @param message.secret - `whsec_` and the key in Base64.
 * @param message.at - When this attempt is made, Unix ms.
 * @throws RangeError when the secret is of another form.
 */
export function signMessage(message: {
  readonly id: string
  readonly at: number
  readonly body: string
  readonly secret: string
}): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const { id, at, body, secret } = message
  if (!secret.startsWith(SECRET_PREFIX)) throw new RangeError('not a secret of a webhook')
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
  const timestamp = String(Math.floor(at / 1000))
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
}
