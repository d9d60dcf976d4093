// Runs of the size that a test has no time for, each in an appliance of its own (CONTRIBUTING.md):
// `endurance.js NAME [DOCUMENTS]`. It ends 1 when a run found something wrong.
import { mixedSamples } from './endurance/documents.ts'
import { install } from './endurance/installation.ts'
import { runKills } from './endurance/kill-run.ts'

type Say = (line: string) => void
type Run = (count: number | undefined, say: Say) => Promise<{ readonly faults: readonly string[] }>

const RUNS: Readonly<Record<string, Run>> = {
  async kills(count = 10_000, say) {
    const installation = await install()
    try {
      const options = { count, make: mixedSamples(), times: 20, every: 1 }
      const result = await runKills(installation, { ...options, random: Math.random, say })
      const { judgement, ...rest } = result
      const { files, judgedByPdfsig } = judgement
      say(JSON.stringify({ ...rest, files, judgedByPdfsig }))
      return judgement
    } finally {
      await installation.remove()
    }
  },
}

const startedAt = Date.now()
const say = (line: string) => {
  process.stdout.write(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}\n`)
}
const [name = '', count] = process.argv.slice(2)
const run = RUNS[name]
if (run === undefined) throw new RangeError(`runs: ${Object.keys(RUNS).join(', ')}`)
const { faults } = await run(count === undefined ? undefined : Number(count), say)
for (const fault of faults.slice(0, 20)) say(`WRONG: ${fault}`)
say(faults.length === 0 ? 'nothing is wrong' : `${faults.length} things are wrong`)
process.exitCode = faults.length === 0 ? 0 : 1
