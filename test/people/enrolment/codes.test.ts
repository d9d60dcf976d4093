import { describe, expect, test } from 'vitest'
import {
  CODE_TRIES,
  CODE_VALID_MS,
  judgeCode,
  type KeptCode,
  macOf,
  makeCode,
  nextCode,
  RESEND_AFTER_MS,
  waitBeforeSending,
} from '../../../src/people/enrolment/codes.ts'

const SECRET = Buffer.alloc(32, 7)
const BOUND = { enrolmentId: 'e1', channel: 'sms', address: '+33612345678' } as const
const MAC = macOf(SECRET, { ...BOUND, code: '123456' })
const KEPT = nextCode(undefined, MAC, 1_000)

describe('a code', () => {
  test('is six digits', () => {
    for (let i = 0; i < 100; i += 1) expect(makeCode()).toMatch(/^\d{6}$/)
  })

  test.each<{ when: string; kept: KeptCode | undefined; mac?: string; now?: number; is: string }>([
    { when: 'it is the one that was sent', kept: KEPT, is: 'right' },
    { when: 'it is another', kept: KEPT, mac: macOf(SECRET, { ...BOUND, code: '0' }), is: 'wrong' },
    { when: 'none was sent', kept: undefined, is: 'none' },
    { when: 'it was used', kept: { ...KEPT, mac: null }, is: 'none' },
    { when: 'ten minutes have passed', kept: KEPT, now: 1_000 + CODE_VALID_MS, is: 'expired' },
    { when: 'it was guessed five times', kept: { ...KEPT, tries: CODE_TRIES }, is: 'used-up' },
  ])('is $is when $when', ({ kept, mac = MAC, now = 2_000, is }) => {
    expect(judgeCode(kept, mac, now)).toBe(is)
  })

  test.each([{ enrolmentId: 'e2' }, { channel: 'mail' }, { address: '+33612345679' }] as const)(
    'is good nowhere else: %o',
    (other) => {
      expect(macOf(SECRET, { ...BOUND, ...other, code: '123456' })).not.toBe(MAC)
      expect(macOf(Buffer.alloc(32, 8), { ...BOUND, code: '123456' })).not.toBe(MAC)
    },
  )
})

describe('another code', () => {
  test('is sent a minute later, with five tries again', () => {
    const guessed = { ...KEPT, tries: 4 }

    expect(waitBeforeSending(undefined, 0)).toBe(0)
    expect(waitBeforeSending(guessed, 1_000 + RESEND_AFTER_MS - 1)).toBe(1)
    expect(waitBeforeSending(guessed, 1_000 + RESEND_AFTER_MS)).toBe(0)
    expect(nextCode(guessed, MAC, 70_000)).toMatchObject({ tries: 0, sends: 2 })
  })

  test('is not sent a sixth time within the hour', () => {
    let kept = KEPT
    for (let n = 1; n < 5; n += 1) kept = nextCode(kept, MAC, 1_000 + n * 60_000)
    const at = 1_000 + 5 * 60_000

    expect(waitBeforeSending(kept, at)).toBe(1_000 + 3_600_000 - at)
    expect(waitBeforeSending(kept, 1_000 + 3_600_000)).toBe(0)
    expect(nextCode(kept, MAC, 1_000 + 3_600_000)).toMatchObject({ sends: 1 })
  })
})
