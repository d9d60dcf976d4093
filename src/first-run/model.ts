import { AppError } from '../errors.ts'

/** The eight steps, in the order they are taken. */
const STEPS = [
  'language',
  'organisation',
  'administrator',
  'hsm',
  'authority',
  'timestamps',
  'messages',
  'document',
] as const
export type StepName = (typeof STEPS)[number]

export type Locale = 'fr' | 'en'

/** What a step found or chose, as a page shows it again. No secrets, no names of people. */
export type StepDetail = Readonly<Record<string, unknown>>

/** How far the first run has come. */
export interface FirstRun {
  readonly locale: Locale
  readonly organisationId: string | null
  /** The first administrator. */
  readonly personId: string | null
  readonly done: ReadonlyMap<StepName, StepDetail>
  /** Unix ms; null while it lasts. */
  readonly finishedAt: number | null
}

/** The first step that is not done, or undefined when all are. */
export function firstOpenStep({ done }: Pick<FirstRun, 'done'>): StepName | undefined {
  return STEPS.find((step) => !done.has(step))
}

/** A step can be opened once all before it are done. */
export function isReached({ done }: Pick<FirstRun, 'done'>, step: StepName): boolean {
  return STEPS.slice(0, STEPS.indexOf(step)).every((before) => done.has(before))
}

/** @throws AppError `invalid-request` when a step before this one is not done. */
export function requireReached(run: Pick<FirstRun, 'done'>, step: StepName): void {
  if (isReached(run, step)) return
  const first = firstOpenStep(run) ?? step
  throw new AppError('invalid-request', `The step «${first}» comes before «${step}».`, {
    hints: { step: first },
  })
}

/**
 * What the organisation is called in certificates cannot change once they are made.
 *
 * @throws AppError `invalid-request` when the authority stands.
 */
export function requireCorrectable({ done }: Pick<FirstRun, 'done'>): void {
  if (!done.has('authority')) return
  throw new AppError(
    'invalid-request',
    'The organisation stands in the certificates of the authority: it cannot be changed here.',
  )
}

export function isStepName(text: string): text is StepName {
  return STEPS.some((step) => step === text)
}
