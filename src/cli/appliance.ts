import { type Appliance, openAppliance } from '../appliance.ts'
import { readConfig } from '../config.ts'
import { makeLog } from '../log.ts'

/** Open the configured appliance for one command; what goes wrong inside is told on standard error. */
export async function withAppliance(use: (appliance: Appliance) => Promise<void>): Promise<void> {
  const appliance = await openAppliance(readConfig(process.env), makeLog('silent'))
  await use(appliance).finally(() => appliance.close())
}
