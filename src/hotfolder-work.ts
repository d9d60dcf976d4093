import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { Appliance } from './appliance.ts'
import type { Config } from './config.ts'
import { type HotFolders, startHotFolders } from './hotfolder/hot-folders.ts'
import { problemFor } from './http/problem.ts'
import { makeIdMaker } from './ids.ts'
import type { FileStore } from './sealing/file-store.ts'
import { forgetRepetitions } from './sealing/repetitions.ts'
import type { Sealing } from './sealing/service.ts'

const NODE_BYTES = 8

/** Watch the hot folders of the data folder. */
export function startHotFolderWork(
  config: Config,
  { db, now }: Appliance,
  { sealing, files, log }: { sealing: Sealing; files: FileStore; log: Logger },
): HotFolders {
  const makeId = makeIdMaker()
  return startHotFolders({
    ...{ db, sealing, log },
    dataDir: config.dataDir,
    describeProblem: problemFor,
    node: randomBytes(NODE_BYTES).toString('hex'),
    isAlone: config.databaseUrl.startsWith('sqlite:'),
    makeId: () => makeId(now()),
    forget: (clientId, keys) => forgetRepetitions({ db, files }, clientId, keys),
  })
}
