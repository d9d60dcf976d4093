import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ABANDONED_AFTER_MS,
  advance,
  type EnrolmentEvent,
  type EnrolmentState,
  ON_THE_WAY,
  type Progress,
  type Proof,
  REJECTIONS_MAX,
  reminderDue,
  TRANSITIONS,
} from '../../../src/people/enrolment/model.ts'
import { runs } from '../../support/laws.ts'

const STATES: readonly EnrolmentState[] = [...ON_THE_WAY, 'active', 'abandoned', 'blocked']
const EVENTS: readonly EnrolmentEvent[] = [
  'start',
  'verify-email',
  'verify-mobile',
  'confirm-contact',
  'submit-identity',
  'reject-identity',
  'verify-identity',
  'register-factor',
  'generate-key',
  'issue-certificate',
  'accept',
  'activate',
  'abandon',
  'block',
  'restart',
]
const PROOFS: readonly Proof[] = [
  'email',
  'mobile',
  'identity',
  'factor',
  'key',
  'certificate',
  'terms',
]
const FRESH: Progress = { state: 'invited', proofs: [], rejections: 0 }

/** Where each event leads from each state when everything was shown; `.` for nowhere. */
const TABLE: Readonly<Record<EnrolmentState, Partial<Record<EnrolmentEvent, EnrolmentState>>>> = {
  invited: { start: 'started' },
  started: {
    'verify-email': 'started',
    'verify-mobile': 'started',
    'confirm-contact': 'contact-verified',
  },
  'contact-verified': { 'submit-identity': 'identity-submitted' },
  'identity-submitted': {
    'verify-identity': 'identity-verified',
    'reject-identity': 'identity-rejected',
  },
  'identity-rejected': { 'submit-identity': 'identity-submitted' },
  'identity-verified': { 'register-factor': 'factor-registered' },
  'factor-registered': { 'generate-key': 'key-generated' },
  'key-generated': { 'issue-certificate': 'certificate-issued' },
  'certificate-issued': { accept: 'accepted' },
  accepted: { activate: 'active' },
  active: {},
  abandoned: { restart: 'invited' },
  blocked: { restart: 'invited' },
}
const ALWAYS = { abandon: 'abandoned', block: 'blocked', restart: 'invited' } as const

describe.each(STATES)('from %s', (state) => {
  const expected = { ...(ON_THE_WAY.includes(state) && ALWAYS), ...TABLE[state] }
  test.each(EVENTS)('%s leads where the table says, or nowhere', (event) => {
    const next = advance({ state, proofs: PROOFS, rejections: 0 }, event)

    expect(next?.state).toBe(expected[event])
  })

  test('no event that needs proofs happens when one of them is missing', () => {
    for (const event of EVENTS) {
      for (const missing of TRANSITIONS[event].needs ?? []) {
        const proofs = PROOFS.filter((proof) => proof !== missing)
        expect(advance({ state, proofs, rejections: 0 }, event)).toBeUndefined()
      }
    }
  })
})

test('no sequence of events reaches `active` without every proof since the last restart', () => {
  const proving = Object.entries({
    'verify-email': 'email',
    'verify-mobile': 'mobile',
    'verify-identity': 'identity',
    'register-factor': 'factor',
    'generate-key': 'key',
    'issue-certificate': 'certificate',
    accept: 'terms',
  })
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...LIKELY), { maxLength: 120 }), (events) => {
      let progress = FRESH
      let happened = new Set<string>()
      for (const event of events) {
        const next = advance(progress, event)
        if (next === undefined) continue
        progress = next
        if (event === 'restart') happened = new Set()
        happened.add(event)
        if (progress.state === 'active') break
      }
      const missing = proving.filter(([event]) => !happened.has(event))
      expect(progress.state === 'active' && missing.length > 0).toBe(false)
    }),
    runs(2_000),
  )
})

/** Each event in its turn, many times over, so that most sequences go far. */
const LIKELY = EVENTS.flatMap((event) =>
  ['abandon', 'block', 'restart'].includes(event) ? [event] : [event, event, event, event],
)

test('from anywhere on the way, a bound of events suffices to reach `active`', () => {
  const happy = EVENTS.filter((event) => !['abandon', 'block', 'restart'].includes(event))
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...happy), { maxLength: 30 }), (events) => {
      let progress = events.reduce((before, event) => advance(before, event) ?? before, FRESH)
      if (progress.state === 'blocked') return
      for (let round = 0; round < happy.length * 2; round += 1) {
        for (const event of happy.filter((one) => one !== 'reject-identity')) {
          progress = advance(progress, event) ?? progress
        }
      }
      expect(progress.state).toBe('active')
    }),
    runs(300),
  )
})

test('a fourth refusal of a document blocks', () => {
  let progress: Progress = {
    state: 'identity-submitted',
    proofs: ['email', 'mobile'],
    rejections: 0,
  }
  for (let refusals = 1; refusals <= REJECTIONS_MAX; refusals += 1) {
    progress = advance(progress, 'reject-identity') ?? FRESH
    expect(progress).toMatchObject({ state: 'identity-rejected', rejections: refusals })
    progress = advance(progress, 'submit-identity') ?? FRESH
  }

  expect(advance(progress, 'reject-identity')?.state).toBe('blocked')
})

test('a restart forgets what was shown and how often it was refused', () => {
  expect(advance({ state: 'blocked', proofs: PROOFS, rejections: 4 }, 'restart')).toEqual(FRESH)
})

const DAY = 86_400_000
test.each([
  { days: 6, sent: 0, due: undefined },
  { days: 7, sent: 0, due: 1 },
  { days: 20, sent: 1, due: undefined },
  { days: 21, sent: 1, due: 2 },
  { days: 22, sent: 0, due: 2 },
  { days: 29, sent: 2, due: undefined },
])('after $days days of silence and $sent reminders, reminder $due is due', (row) => {
  expect(reminderDue({ movedAt: 0, reminders: row.sent }, row.days * DAY)).toBe(row.due)
  expect(ABANDONED_AFTER_MS).toBe(30 * DAY)
})
