import { chmodSync, chownSync, mkdirSync, readFileSync, unlinkSync } from 'node:fs'
import { createConnection, type Server } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GuardError } from './errors.ts'

/** A guard whose parent was just killed needs a moment to notice. */
const OTHER_GUARD_LEAVES_MS = 3_000
const LOOK_EVERY_MS = 100

/**
 * Listen on a Unix socket that only this user may use, or also one group.
 *
 * @throws GuardError `invalid-request` if another process answers at this path, or there is no
 * such group.
 */
export async function listenPrivately(
  server: Server,
  { path, group }: { path: string; group: string | undefined },
): Promise<void> {
  const groupId = group === undefined ? undefined : findGroupId(group)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  await makeFree(path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // No moment in which another user could connect: the socket is born with this mode, within
    // this call.
    const umask = process.umask(0o177)
    server.listen(path, resolve)
    process.umask(umask)
  })
  if (groupId === undefined) return
  chownSync(path, -1, groupId)
  chmodSync(path, 0o660)
}

/** A socket that nobody answers is left over from a guard that was killed. */
async function makeFree(path: string): Promise<void> {
  const until = Date.now() + OTHER_GUARD_LEAVES_MS
  while (await isAnswered(path)) {
    if (Date.now() > until) {
      throw new GuardError('invalid-request', `Another guard already serves ${path}`)
    }
    await sleep(LOOK_EVERY_MS)
  }
  try {
    unlinkSync(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function findGroupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group)
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${group}:`))
  const id = line?.split(':')[2]
  if (id === undefined) {
    throw new GuardError('invalid-request', `There is no group ${group} in /etc/group`)
  }
  return Number(id)
}
