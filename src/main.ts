import { readConfig } from './config.ts'
import { makeLog } from './log.ts'
import { startServer } from './server.ts'

const config = readConfig(process.env)
const log = makeLog(config.logLevel)
const server = await startServer(config, log)

let isStopping = false
const stop = async (signal: string) => {
  // A second signal means now.
  if (isStopping) process.exit(1)
  isStopping = true
  log.info({ signal }, 'stopping')
  await server.stop()
  log.info('stopped')
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
