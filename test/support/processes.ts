import { readdirSync, readFileSync } from 'node:fs'

/** Is there such a process? One that ended and that nobody has buried yet is none. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z'
  } catch {
    return false
  }
}

/**
 * Processes that this one started and that still run: none is an empty list, never the 0 that
 * `process.kill` takes for the caller's whole group.
 */
export function childrenOf(pid: number): number[] {
  return threadsOf(pid)
    .flatMap((thread) => readChildren(pid, thread))
    .filter(isRunning)
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** A thread may end between the look at the folder and this one. */
function readChildren(pid: number, thread: string): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
    return children.split(' ').flatMap((child) => (child === '' ? [] : [Number(child)]))
  } catch {
    return []
  }
}
