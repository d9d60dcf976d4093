import { mkdir, stat, statfs } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts'

/** Data folder, disk, clock. */
export async function examineMachine(config: Config, now: number): Promise<Finding[]> {
  return [await examineFolder(config), await examineDisk(config), examineClock(now)]
}

async function examineFolder({ dataDir }: Config): Promise<Finding> {
  const check = 'data folder'
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    const { mode, uid } = await stat(dataDir)
    if (process.getuid !== undefined && uid !== process.getuid()) {
      return fail(
        check,
        `${dataDir} belongs to another user`,
        'chown it to the user of the server.',
      )
    }
    if ((mode & 0o007) !== 0) {
      return warn(check, `${dataDir} is open to every user`, `chmod o= ${dataDir}`)
    }
    return ok(check, dataDir)
  } catch (error) {
    return fail(check, reasonOf(error), 'Set SCEAU_DATA_DIR to a folder the server may write.')
  }
}

const DISK_BYTES_MIN = 2 * 1024 ** 3

async function examineDisk({ dataDir }: Config): Promise<Finding> {
  const check = 'disk'
  try {
    const { bavail, bsize } = await statfs(dataDir)
    const detail = `${(Number(bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free`
    if (bavail * bsize < DISK_BYTES_MIN) return warn(check, detail, 'Make room: keep 2 GiB free.')
    return ok(check, detail)
  } catch (error) {
    return fail(check, reasonOf(error), 'Mount the disk of the data folder.')
  }
}

/** When this code was written: a clock before it is wrong. */
const NOT_BEFORE = Date.UTC(2026, 0, 1)

function examineClock(now: number): Finding {
  const detail = new Date(now).toISOString()
  if (now < NOT_BEFORE) return fail('clock', detail, 'Set the clock and run an NTP client.')
  return ok('clock', detail)
}
