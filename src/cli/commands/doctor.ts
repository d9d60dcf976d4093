import { defineCommand } from 'citty'
import { type Config, describeConfig, readConfig } from '../../config.ts'
import { examine } from '../../doctor/examine.ts'
import type { Finding } from '../../doctor/finding.ts'
import { EXIT, ExitError } from '../exit.ts'
import { table } from '../output.ts'

const MARK: Record<Finding['state'], string> = { ok: 'ok', warn: 'WARN', fail: 'FAIL' }

export const doctorCommand = defineCommand({
  meta: { name: 'doctor', description: 'Check what the appliance needs; say the mend for each' },
  args: { json: { type: 'boolean', description: 'One JSON line per check' } },
  async run({ args }) {
    const config = readConfig(process.env)
    if (args.json !== true) process.stdout.write(`${describe(config)}\n\n`)
    const findings = await examine(config, Date.now())
    for (const finding of findings) {
      process.stdout.write(args.json === true ? `${JSON.stringify(finding)}\n` : words(finding))
    }
    const failed = findings.filter(({ state }) => state === 'fail').length
    if (failed > 0) throw new ExitError(EXIT.documentFailed, `${failed} to mend.`)
  },
})

function describe(config: Config): string {
  const rows = Object.entries(describeConfig(config)).map(([name, value]) => [
    name,
    value === undefined ? '(not set)' : typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return table(rows)
}

function words({ check, state, detail, mend }: Finding): string {
  const lines = [`${MARK[state].padEnd(5)} ${check}: ${detail}`]
  if (mend !== undefined) lines.push(`      → ${mend}`)
  return `${lines.join('\n')}\n`
}
