import { AppError } from '../errors.ts'
import { type StepDeps, takeStep } from './take-step.ts'
import type { TsaReport } from './tsa-check.ts'

export interface TimestampDeps extends StepDeps {
  readonly tsaUrls: readonly string[]
  readonly ask: (url: string) => Promise<TsaReport>
}

/**
 * Ask every configured timestamp authority. The step is done when one of them is ready.
 *
 * @returns What each answered, in their order.
 * @throws AppError `invalid-request` out of order.
 */
export async function tryTimestamps(deps: TimestampDeps): Promise<readonly TsaReport[]> {
  const reports = await Promise.all(deps.tsaUrls.map(deps.ask))
  if (reports.some(({ ok }) => ok)) {
    await takeStep(deps, 'timestamps', async () => ({ detail: { reports } }))
  }
  return reports
}

/**
 * Go on without timestamps: signatures then prove no time, and end with their certificate.
 *
 * @param isUnderstood - Whether the person said that this is understood.
 * @throws AppError `invalid-request` when it is not.
 */
export async function goWithoutTimestamps(deps: StepDeps, isUnderstood: boolean): Promise<void> {
  if (!isUnderstood) {
    throw new AppError('invalid-request', 'Say that the consequence is understood.', {
      hints: { field: 'understood' },
    })
  }
  await takeStep(deps, 'timestamps', async () => ({
    detail: { without: true },
    entries: [{ action: 'first-run.without-timestamps', subject: 'first-run', detail: {} }],
  }))
}
