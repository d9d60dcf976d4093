import { defineCommand } from 'citty'
import { startGuard } from '../../../hsm/supervisor.ts'
import { readConfig } from '../../config.ts'
import { guardSettings, ownSocket } from '../../guard-access.ts'
import { makeLog } from '../../log.ts'

export const guardCommand = defineCommand({
  meta: { name: 'guard', description: 'Run the guard apart, under its own user, until SIGTERM' },
  async run() {
    const config = readConfig(process.env)
    const log = makeLog(config.logLevel)
    const socketPath = config.guardSocket ?? ownSocket(config.dataDir)
    const guard = await startGuard({ ...guardSettings(config, socketPath), log })
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
    })
    await guard.stop()
  },
})
