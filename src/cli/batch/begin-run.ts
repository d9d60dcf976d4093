import { mkdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { EXIT, ExitError } from '../exit.ts'
import {
  type BatchRequest,
  type BatchState,
  beginState,
  readState,
  STATE_NAME,
} from './state-file.ts'

export interface BatchJob {
  readonly source: string
  readonly out: string
  readonly request: BatchRequest
  readonly isRecursive: boolean
  /** Replace files in the out folder that are something else. */
  readonly isForced: boolean
}

/** @returns Both, absolute. @throws ExitError 2 when they do not fit. */
export async function openFolders(job: BatchJob): Promise<{ source: string; out: string }> {
  const source = await realpath(job.source).catch(() => undefined)
  if (source === undefined || !(await stat(source)).isDirectory()) {
    throw new ExitError(EXIT.usage, `${job.source} is no folder.`)
  }
  await mkdir(job.out, { recursive: true }).catch((error: Error) => {
    throw new ExitError(EXIT.usage, `${job.out} cannot be made: ${error.message}`)
  })
  const out = await realpath(job.out)
  const below = relative(out, source)
  // A sealed file must never come where an original lies.
  if (below === '' || !(below.startsWith('..') || isAbsolute(below))) {
    throw new ExitError(EXIT.usage, `--out ${job.out} holds ${job.source}: choose another folder.`)
  }
  return { source, out }
}

/**
 * Where a run is to begin: anew, or where an earlier one was broken off.
 *
 * @param job - Its folders absolute.
 * @throws ExitError 2 when the out folder is that of something else.
 */
export async function beginRun({ source, out, request, isForced }: BatchJob): Promise<BatchState> {
  const earlier = await readState(out)
  if (earlier === undefined) return beginState({ source, request, mayHoldSealed: false })
  const isSame = isSameSeal(earlier.request, request)
  if (earlier.phase === 'done') {
    if (isSame || isForced) return beginState({ source, request, mayHoldSealed: isSame })
    throw new ExitError(
      EXIT.usage,
      `${out} holds files sealed with ${describe(earlier.request)}. Choose another --out, or replace them with --force.`,
    )
  }
  if (isSame && earlier.source === source) return earlier
  throw new ExitError(
    EXIT.usage,
    `${out} has a batch of ${earlier.source} with ${describe(earlier.request)} that is not finished. ` +
      `Finish it with the same arguments, choose another --out, or remove ${STATE_NAME} there.`,
  )
}

function isSameSeal(one: BatchRequest, other: BatchRequest): boolean {
  return one.seal === other.seal && isDeepStrictEqual(one.options, other.options)
}

function describe({ seal, options }: BatchRequest): string {
  const shown = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  return [`--seal=${seal}`, ...shown].join(' ')
}
