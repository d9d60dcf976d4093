import { z } from 'zod'
import { AppError } from '../../errors.ts'
import type { CapacityType, SigningCapacity } from '../../people/model.ts'
import { endOfParisDay, isDay, startOfParisDay } from '../../people/paris-days.ts'
import type { GivenFunction } from '../../people/terms.ts'
import { isMemberFunction } from '../../rights/matrix.ts'

const NAME_LENGTH_MAX = 100
const CAPACITY_LENGTH_MAX = 200
const EMAIL_LENGTH_MAX = 254

/** An empty field is none. */
const day = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text))
  .refine((text) => text === undefined || isDay(text), 'day')
const capacity = z.string().max(CAPACITY_LENGTH_MAX, 'capacity').optional()

/** A function, its term by days, and its capacities. */
export const TermForm = z.object({
  function: z.string('function').refine(isMemberFunction, 'function'),
  firstDay: day,
  lastDay: day,
  social: capacity,
  technical: capacity,
})

export const InviteForm = TermForm.extend({
  givenName: z.string('givenName').min(1, 'givenName').max(NAME_LENGTH_MAX, 'givenName'),
  familyName: z.string('familyName').min(1, 'familyName').max(NAME_LENGTH_MAX, 'familyName'),
  email: z.email('email').max(EMAIL_LENGTH_MAX, 'email'),
  locale: z.enum(['fr', 'en'], 'locale'),
})

export const EndForm = z.object({ lastDay: day })

/** What was chosen of days is what holds between midnights in Paris. @param now - Unix ms. */
export function givenBy(form: z.infer<typeof TermForm>, now: number): GivenFunction {
  const { firstDay, lastDay } = form
  return {
    function: form.function,
    validFrom: firstDay === undefined ? now : startOfParisDay(firstDay),
    validTo: lastDay === undefined ? null : endOfParisDay(lastDay),
    capacities: [...capacityOf('social', form.social), ...capacityOf('technical', form.technical)],
  }
}

/** What was typed, to be shown again. */
export function typed(value: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, text ?? '']))
}

function capacityOf(type: CapacityType, text = ''): SigningCapacity[] {
  return text === '' ? [] : [{ type, text }]
}

/**
 * Do something that the rules may refuse for a reason that a form can show.
 *
 * @returns The key of the words of that reason and the field it is about, or undefined when it was
 * done.
 * @throws Whatever else went wrong.
 */
export async function refusalOf(
  work: () => Promise<unknown>,
  fieldOf: Readonly<Record<string, string>> = {},
): Promise<{ readonly reason: string; readonly field: string } | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { reason, field } = error.hints
    if (typeof reason !== 'string') throw error
    return { reason, field: fieldOf[reason] ?? (typeof field === 'string' ? field : 'function') }
  }
}
