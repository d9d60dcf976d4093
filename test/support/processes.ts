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

/** Processes that this one started and that still run. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' '))
    .flatMap((child) => (child === '' || !isRunning(Number(child)) ? [] : [Number(child)]))
}
