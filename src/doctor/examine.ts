import type { Config } from '../config.ts'
import { examineDatabase } from './database.ts'
import type { Finding } from './finding.ts'
import { examineHsm } from './hsm.ts'
import { examineMachine } from './machine.ts'
import { examineMail, examineSms } from './mail.ts'
import { examineTls } from './tls.ts'
import { examineVault } from './vault.ts'

/** Check everything the appliance stands on, each thing by itself, in the order one would mend them. */
export async function examine(config: Config, now: number): Promise<Finding[]> {
  const machine = await examineMachine(config, now)
  const hsm = await examineHsm(config)
  const database = await examineDatabase(config)
  const isWell = [...hsm, ...database].every(({ state }) => state !== 'fail')
  return [
    ...machine,
    ...hsm,
    ...database,
    ...(isWell ? [await examineVault(config)] : []),
    await examineTls(config, now),
    await examineMail(config),
    await examineSms(config),
  ]
}
