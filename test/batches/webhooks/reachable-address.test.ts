import { expect, test } from 'vitest'
import {
  isRefusedAddress,
  makeSafeLookup,
  requireReachable,
} from '../../../src/batches/webhooks/reachable-address.ts'

test.each([
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
])('%s is not called', (address) => {
  expect(isRefusedAddress(address)).toBe(true)
})

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.9',
  '192.168.1.1',
  '169.253.255.255',
  '::1',
  'fd12::1',
  'fec0::1',
  '2001:db8::1',
  '::ffff:10.0.0.1',
])('%s may be called', (address) => {
  expect(isRefusedAddress(address)).toBe(false)
})

test.each([
  'http://169.254.169.254/latest',
  'http://[fe80::1]:8080/',
  'http://0xa9fea9fe/',
  'http://2852039166/',
  'http://[::ffff:169.254.1.1]/',
])('a URL cannot say such an address in another way: %s', (url) => {
  expect(() => requireReachable(new URL(url))).toThrow('is refused')
})

test.each([true, false])('a name is looked up as the system does it (all: %s)', async (all) => {
  const lookup = makeSafeLookup()

  const found = await Promise.all(
    Array.from(
      { length: 5 },
      () =>
        new Promise((resolve, reject) => {
          lookup('localhost', { all }, (error, address) =>
            error ? reject(error) : resolve(address),
          )
        }),
    ),
  )

  for (const address of found) expect(JSON.stringify(address)).toMatch(/127\.0\.0\.1|::1/)
})
