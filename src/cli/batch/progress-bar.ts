import cliProgress from 'cli-progress'
import type { Progress } from './outcome.ts'
import { Pace } from './pace.ts'

export interface ProgressView {
  show(progress: Progress): void
  stop(): void
}

const BAR_WIDTH = 24

/** A bar on the terminal, on standard error. */
export function makeProgressBar(): ProgressView {
  let pace = new Pace()
  let shown: Progress | undefined
  const bar = new cliProgress.SingleBar({
    format: (options, { progress }) =>
      shown === undefined
        ? ''
        : `${shown.phase} ${cliProgress.Format.BarFormat(progress, options)} ${describeProgress(shown, pace)}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: BAR_WIDTH,
    hideCursor: true,
    gracefulExit: false,
    emptyOnZero: true,
  })
  return {
    show(progress) {
      if (shown === undefined) bar.start(progress.total, 0)
      if (shown?.phase !== progress.phase) pace = new Pace()
      shown = progress
      pace.note(progress.done, performance.now())
      bar.setTotal(progress.total)
      bar.update(progress.done)
    },
    stop() {
      if (shown !== undefined) bar.stop()
    },
  }
}

function describeProgress(progress: Progress, pace: Pace): string {
  const { done, failed, phase, sealed, total, waiting } = progress
  const perSecond = pace.perSecond
  const parts = [
    `${done}/${total}`,
    ...(phase === 'sealing' ? [`${Math.max(sealed, done - failed)} sealed`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(perSecond > 0 ? [`${rounded(perSecond)}/s`] : []),
    ...(perSecond > 0 && done < total ? [`${time((total - done) / perSecond)} left`] : []),
    ...(waiting === undefined ? [] : [`waiting: ${waiting}`]),
  ]
  return parts.join(' · ')
}

function rounded(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond))
}

function time(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
