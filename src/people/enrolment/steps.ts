import type { Tx } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { appendEntries } from '../../journal/store.ts'
import { advance, type EnrolmentEvent, TRANSITIONS } from './model.ts'
import { BLANK, type Changes, changeEnrolment, type Enrolment, proofTime } from './store.ts'

/** What the journal calls each step. */
const ENTRIES: Readonly<Record<EnrolmentEvent, string>> = {
  start: 'enrolment.started',
  'verify-email': 'enrolment.email-verified',
  'verify-mobile': 'enrolment.mobile-verified',
  'confirm-contact': 'enrolment.contact-verified',
  'submit-identity': 'enrolment.identity-submitted',
  'reject-identity': 'enrolment.identity-rejected',
  'verify-identity': 'enrolment.identity-verified',
  'register-factor': 'enrolment.factor-registered',
  'generate-key': 'enrolment.key-generated',
  'issue-certificate': 'enrolment.certificate-issued',
  accept: 'enrolment.accepted',
  activate: 'enrolment.activated',
  abandon: 'enrolment.abandoned',
  block: 'enrolment.blocked',
  restart: 'enrolment.restarted',
}

export interface Step {
  readonly at: number
  /** As the journal names who acts: `person:<id>`, `system`. */
  readonly actor: string
  /** What else is written down with it. */
  readonly changes?: Changes
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>
}

/**
 * Let an event happen: the only thing that moves an enrolment. State, proof and journal entry
 * commit together.
 *
 * @returns The enrolment as it now stands.
 * @throws AppError `invalid-request` when it cannot happen now, or somebody else was faster.
 */
export async function takeStep(
  tx: Tx,
  enrolment: Enrolment,
  event: EnrolmentEvent,
  { at, actor, changes = {}, detail = {} }: Step,
): Promise<Enrolment> {
  const next = advance(enrolment, event)
  if (next === undefined) throw outOfStep()
  const { proves, forgets } = TRANSITIONS[event]
  const moved = await changeEnrolment(tx, enrolment, {
    ...(forgets && BLANK),
    state: next.state,
    rejections: next.rejections,
    ...(proves !== undefined && proofTime(proves, at)),
    ...{ moved_at: at, reminders: 0 },
    ...changes,
  })
  if (!moved) throw outOfStep()
  const { id: subject, personId: person } = enrolment
  await appendEntries(tx, [
    {
      at,
      actor,
      action: ENTRIES[event],
      subject,
      detail: { person, state: next.state, ...detail },
    },
  ])
  return { ...enrolment, ...next, movedAt: at, reminders: 0 }
}

export function outOfStep(): AppError {
  return new AppError(
    'invalid-request',
    'This step is done already, or it is not its turn yet. Open your enrolment again.',
  )
}
