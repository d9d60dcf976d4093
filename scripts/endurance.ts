// Runs of the size that a test has no time for, each in an appliance of its own (CONTRIBUTING.md):
// `endurance.js NAME [DOCUMENTS]`. It ends 1 when a run found something wrong.
import { startPostgres } from '../test/support/postgres.ts'
import { mixedSamples, oneSample, tinyDocument } from './endurance/documents.ts'
import { type Installation, install } from './endurance/installation.ts'
import { runKills } from './endurance/kill-run.ts'
import { runLoad } from './endurance/load-run.ts'
import { runMany } from './endurance/many-run.ts'
import { runNodes } from './endurance/nodes-run.ts'

interface Verdict {
  readonly faults: readonly string[]
}
interface Asked {
  readonly count: number | undefined
  readonly say: (line: string) => void
}

const LARGE = 'proces-verbal-session.pdf'

const RUNS: Readonly<Record<string, (asked: Asked) => Promise<Verdict>>> = {
  /** 20 deaths of the server, 20 of the guard, 20 of engine threads. */
  kills: ({ count = 10_000, say }) =>
    withInstallation({}, async (installation) => {
      const options = { count, make: mixedSamples(), times: 20, every: 1, random: Math.random, say }
      const { judgement, ...rest } = await runKills(installation, options)
      say(JSON.stringify({ ...rest, judgedByPdfsig: judgement.judgedByPdfsig }))
      return judgement
    }),

  /** Two servers on one PostgreSQL, one of them killed. */
  async nodes({ count = 5_000, say }) {
    const postgres = await startPostgres()
    try {
      const databaseUrl = postgres.urlOf('postgres')
      return await withInstallation({ databaseUrl }, async (installation) => {
        const options = { count, make: mixedSamples(), every: 1, isHasty: false }
        const result = await runNodes(installation, { ...options, random: Math.random, say })
        const { judgement, shares, told } = result
        say(JSON.stringify({ shares, told, judgedByPdfsig: judgement.judgedByPdfsig }))
        const isShared = shares.every((share) => share > 0)
        return {
          faults: [
            ...judgement.faults,
            ...(isShared ? [] : ['one node sealed nothing']),
            ...(told === count ? [] : [`the events tell of ${told} documents`]),
          ],
        }
      })
    } finally {
      await postgres.stop()
    }
  },

  /** Very many documents of a kilobyte. */
  tiny: ({ count = 200_000, say }) =>
    withInstallation({}, (installation) =>
      runLoad(installation, { count, make: tinyDocument(), every: 2_000, say }),
    ),

  /** Many documents of a hundred kilobytes. */
  large: ({ count = 100_000, say }) =>
    withInstallation({}, (installation) =>
      runLoad(installation, { count, make: oneSample(LARGE), every: 1_000, say }),
    ),

  /** Many batches of five documents. */
  many: ({ count = 1_000, say }) =>
    withInstallation({}, (installation) => runMany(installation, { count, say })),
}

async function withInstallation(
  wish: Parameters<typeof install>[0],
  run: (installation: Installation) => Promise<Verdict>,
): Promise<Verdict> {
  const installation = await install(wish)
  try {
    return await run(installation)
  } finally {
    await installation.remove()
  }
}

const startedAt = Date.now()
const say = (line: string) => {
  process.stdout.write(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}\n`)
}
const [name = '', count] = process.argv.slice(2)
const run = RUNS[name]
if (run === undefined) throw new RangeError(`runs: ${Object.keys(RUNS).join(', ')}`)
const { faults } = await run({ count: count === undefined ? undefined : Number(count), say })
for (const fault of faults.slice(0, 20)) say(`WRONG: ${fault}`)
say(faults.length === 0 ? 'nothing is wrong' : `${faults.length} things are wrong`)
process.exitCode = faults.length === 0 ? 0 : 1
