import { expect, test } from 'vitest'
import { signMessage } from '../../../src/batches/webhooks/sign-message.ts'
import { openssl } from '../../support/openssl.ts'

test('the signature is the HMAC that OpenSSL makes over id, time and body', async () => {
  const key = Buffer.alloc(32, 7)
  const body = '{"type":"batch.completed","data":{"label":"Délibérations"}}'

  const headers = signMessage({
    id: 'msg-1',
    at: 1_700_000_000_900,
    body,
    secret: `whsec_${key.toString('base64')}`,
  })

  const hmac = ['-mac', 'HMAC', '-macopt', `hexkey:${key.toString('hex')}`]
  const said = await openssl(['dgst', '-sha256', ...hmac, '-r', 'content'], {
    content: `msg-1.1700000000.${body}`,
  })
  const expected = Buffer.from(said.slice(0, 64), 'hex').toString('base64')
  expect(headers).toEqual({
    'webhook-id': 'msg-1',
    'webhook-timestamp': '1700000000',
    'webhook-signature': `v1,${expected}`,
  })
})

test('a secret of another form signs nothing', () => {
  expect(() => signMessage({ id: 'a', at: 0, body: '', secret: 'hunter2' })).toThrow(RangeError)
})
