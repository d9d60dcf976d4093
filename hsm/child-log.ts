import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { GuardLog } from './guard-log.ts'

const LINE_MAX = 2_000
const line = z.looseObject({ level: z.enum(['info', 'warn', 'error']), message: z.string() })

/** The guard's lines into its supervisor's log, and whatever a library prints beside them. */
export function relayLog({ stdout, stderr }: ChildProcess, log: GuardLog): void {
  if (stdout !== null) relay(stdout, log)
  if (stderr !== null) relay(stderr, log)
}

function relay(stream: Readable, log: GuardLog): void {
  createInterface({ input: stream }).on('line', (text) => {
    const parsed = parseLine(text)
    if (parsed === undefined) log.warn({ line: text.slice(0, LINE_MAX) }, 'guard: output')
    else log[parsed.level](parsed.details, parsed.message)
  })
}

function parseLine(
  text: string,
): { level: 'info' | 'warn' | 'error'; message: string; details: object } | undefined {
  try {
    const { level, message, time: _, ...details } = line.parse(JSON.parse(text))
    return { level, message, details }
  } catch {
    return undefined
  }
}
