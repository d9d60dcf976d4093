import { BlockList, isIP } from 'node:net'
import { z } from '@hono/zod-openapi'

const URL_CHARS_MAX = 2000

/** Where machines tell their secrets to whoever asks from the machine itself (RFC 3927, RFC 4291). */
const LINK_LOCAL = new BlockList()
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4')
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6')

/** Where a client wants to be told: it may lie in its own network, but nowhere that only we reach. */
export const CallbackUrl = z
  .string()
  .max(URL_CHARS_MAX)
  .refine(URL.canParse, { error: 'is not a URL', abort: true })
  .refine((text) => /^https?:$/.test(new URL(text).protocol), 'is neither http nor https')
  .refine((text) => !hasUser(new URL(text)), 'must not hold a user or a password')
  .refine((text) => !text.includes('#'), 'must not hold a fragment')
  .refine((text) => !isLinkLocal(new URL(text)), 'must not be a link-local address')
  .openapi({
    format: 'uri',
    example: 'https://erp.conseil.example/sceau',
    description: 'http or https. Told when the batch is finished, signed with `callbackSecret`.',
  })

function hasUser({ username, password }: URL): boolean {
  return username !== '' || password !== ''
}

function isLinkLocal({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  return version !== 0 && LINK_LOCAL.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
