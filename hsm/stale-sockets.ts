import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Remove the sockets that guards for one token have left beside this path, which the caller holds:
 * whoever listened there has lost the guard above it.
 */
export function removeStaleSockets(socketPath: string): void {
  const dir = dirname(socketPath)
  const prefix = `${basename(socketPath)}.`
  for (const name of readdirSync(dir)) {
    if (name.startsWith(prefix) && /^[0-9a-z]+\.[0-9a-z]+$/.test(name.slice(prefix.length))) {
      rmSync(join(dir, name), { force: true })
    }
  }
}
