import { lookup as resolve } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * Where clouds and machines answer those who are already inside: link-local addresses (RFC 3927,
 * RFC 4291 §2.5.6), also behind translation, and the one unique-local address of that kind.
 */
const REFUSED = new BlockList()
REFUSED.addSubnet('169.254.0.0', 16, 'ipv4')
REFUSED.addSubnet('fe80::', 10, 'ipv6')
// NAT64 (RFC 6052 §2.1) and 6to4 (RFC 3056 §2) carry an IPv4 address inside.
REFUSED.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6')
REFUSED.addSubnet('2002:a9fe::', 32, 'ipv6')
REFUSED.addAddress('fd00:ec2::254', 'ipv6')

/** Whether nothing may be sent to this IP address. */
export function isRefusedAddress(address: string): boolean {
  const [bare = ''] = address.split('%')
  return REFUSED.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4')
}

/** The host of a URL or one that its name leads to must not be called. */
class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress'
  readonly code = 'ADDRESS_REFUSED'
}

/** @throws RefusedAddress when the host is an address that may not be called. */
export function requireReachable({ hostname }: URL): void {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && isRefusedAddress(host)) throw new RefusedAddress(`${host} is refused`)
}

/**
 * Resolves names as the system does, and fails with RefusedAddress when one leads to an address that
 * may not be called. As it is the connection that asks, no second answer can differ from the first.
 *
 * @param lookupsMax - Each occupies a thread of the pool that files need too, for long when the name
 *   server is silent.
 */
export function makeSafeLookup(lookupsMax = 2): LookupFunction {
  const waiting: (() => void)[] = []
  let free = lookupsMax
  const next = () => {
    const start = waiting.shift()
    if (start === undefined) free += 1
    else start()
  }
  return (hostname, options, callback) => {
    const start = () =>
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        next()
        if (error !== null) return callback(error, [])
        const [first] = addresses
        const refused = addresses.find(({ address }) => isRefusedAddress(address))
        if (refused !== undefined || first === undefined) {
          return callback(new RefusedAddress(`${hostname} leads to ${refused?.address}`), [])
        }
        if (options.all === true) callback(null, addresses)
        else callback(null, first.address, first.family)
      })
    if (free === 0) {
      waiting.push(start)
      return
    }
    free -= 1
    start()
  }
}
