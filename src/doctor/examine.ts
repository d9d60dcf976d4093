import type { Config } from '../config.ts'
import { examineDatabase } from './database.ts'
import type { Finding } from './finding.ts'
import { examineHsm } from './hsm.ts'
import { examineMachine } from './machine.ts'
import { examineMail, examineSms } from './mail.ts'
import { examineTls } from './tls.ts'

/** Check everything the appliance stands on, each thing by itself, in the order one would mend them. */
export async function examine(config: Config, now: number): Promise<Finding[]> {
  return [
    ...(await examineMachine(config, now)),
    ...(await examineHsm(config)),
    ...(await examineDatabase(config)),
    await examineTls(config, now),
    await examineMail(config),
    await examineSms(config),
  ]
}
