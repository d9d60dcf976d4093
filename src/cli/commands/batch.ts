import { basename, resolve } from 'node:path'
import { defineCommand } from 'citty'
import type { Outcome, Watcher } from '../batch/outcome.ts'
import { makeProgressBar, type ProgressView } from '../batch/progress-bar.ts'
import { describeProblem } from '../batch/refusal.ts'
import { runBatch, type Summary } from '../batch/run-batch.ts'
import { EXIT, ExitError } from '../exit.ts'
import { report } from '../output.ts'
import { SEAL_ARGS } from '../seal-args.ts'
import { makeServerClient, SERVER_ARGS } from '../server-client.ts'

/** Options of a seal that are text for the API, and those that are numbers. */
const TEXTS = ['level', 'reason', 'location', 'contact', 'field', 'rect'] as const
const NUMBERS = ['page', 'certify'] as const
const FAILURES_SHOWN_MAX = 20
const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143 } as const

export const batchCommand = defineCommand({
  meta: {
    name: 'batch',
    description: 'Seal the PDFs of a folder into another; run again, it goes on where it stopped',
  },
  args: {
    dir: { type: 'positional', required: true, description: 'Folder of the PDFs' },
    ...SERVER_ARGS,
    ...SEAL_ARGS,
    label: { type: 'string', description: 'What the batch is called (the name of the folder)' },
    recursive: {
      type: 'boolean',
      default: true,
      description: 'Folders within the folder too',
      negativeDescription: 'Only what lies in the folder itself',
    },
    force: { type: 'boolean', description: 'Replace files in the way, seal with other options' },
    json: { type: 'boolean', description: 'One JSON line per document, and one for the whole' },
  },
  async run({ args }) {
    const client = makeServerClient(args)
    const asJson = args.json === true
    const view = makeView(asJson)
    const options: Record<string, string | number> = {}
    for (const name of TEXTS) if (args[name] !== undefined) options[name] = args[name]
    for (const name of NUMBERS) {
      if (args[name] !== undefined) options[name] = wholeNumber(name, args[name])
    }
    const label = args.label ?? basename(resolve(args.dir))
    const summary = await untilSignal((signal) =>
      runBatch(
        { client, signal, watcher: view },
        {
          ...{ source: args.dir, out: args.out },
          request: { seal: args.seal, label, options },
          isRecursive: args.recursive,
          isForced: args.force === true,
        },
      ),
    ).finally(() => view.stop())
    view.conclude(summary, args.out)
    const lost = summary.failed + summary.cancelled
    if (lost > 0) throw new ExitError(EXIT.documentFailed, `${lost} not sealed.`)
  },
})

/** @throws ExitError with the code shells give a command that a signal has ended. */
async function untilSignal<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = (name: keyof typeof SIGNAL_EXITS) =>
    controller.abort(new ExitError(SIGNAL_EXITS[name], STOPPED))
  // A second one ends the process as ever.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop)
  try {
    return await run(controller.signal)
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop)
  }
}

const STOPPED =
  'stopped. The same command again goes on from here; what was started is sealed meanwhile.'

interface View extends Watcher {
  stop(): void
  conclude(summary: Summary, out: string): void
}

/** Lines for a program as they come; for a person a bar, and what failed at the end. */
function makeView(asJson: boolean): View {
  const mayDraw = process.stderr.isTTY && !(asJson && process.stdout.isTTY)
  const bar: ProgressView | undefined = mayDraw ? makeProgressBar() : undefined
  const startedAt = performance.now()
  const failures: string[] = []
  let waiting: string | undefined
  return {
    onOutcome(outcome) {
      if (asJson) report(outcome, true, '')
      else if (outcome.state === 'failed' && failures.length < FAILURES_SHOWN_MAX) {
        failures.push(describeFailure(outcome))
      }
    },
    onProgress(progress) {
      bar?.show(progress)
      const isNews = progress.waiting !== undefined && progress.waiting !== waiting
      waiting = progress.waiting
      if (bar === undefined && isNews) process.stderr.write(`sceau: waiting: ${waiting}\n`)
    },
    stop: () => bar?.stop(),
    conclude(summary, out) {
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10
      const lines = [...failures, ...omitted(summary.failed - failures.length)]
      report(
        { summary: { ...summary, seconds } },
        asJson,
        [...lines, describe(summary, out)].join('\n'),
      )
    },
  }
}

function describeFailure({ name, problem }: Extract<Outcome, { state: 'failed' }>): string {
  return `failed ${name} ${describeProblem(problem)}`
}

function omitted(count: number): string[] {
  return count > 0 ? [`… and ${count} more: see *.problem.json`] : []
}

function describe({ sealed, failed, skipped, cancelled }: Summary, out: string): string {
  const parts = [
    `${sealed} sealed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} not sealed: the batch was cancelled`] : []),
    ...(skipped > 0 ? [`${skipped} were sealed before`] : []),
  ]
  return `${parts.join(', ')}. They lie in ${out}`
}

function wholeNumber(name: string, value: string): number {
  if (/^-?\d{1,7}$/.test(value)) return Number(value)
  throw new ExitError(EXIT.usage, `--${name} ${value} is no number.`)
}
