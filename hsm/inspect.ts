import { fork } from 'node:child_process'
import { z } from 'zod'
import { builtFile } from './built-file.ts'
import { GuardError } from './errors.ts'
import { moduleEnvironment } from './module-environment.ts'

const moduleReport = z.object({
  module: z.object({
    path: z.string(),
    description: z.string(),
    manufacturer: z.string(),
    version: z.string(),
    cryptoki: z.string(),
  }),
  /** Initialised tokens that are present. */
  tokens: z.array(
    z.object({
      label: z.string(),
      serial: z.string(),
      model: z.string(),
      manufacturer: z.string(),
      slotNumber: z.string(),
      /** What the token says of its user PIN (PKCS#11 v2.40 §3.2), which is not tried here. */
      pin: z.enum(['ready', 'not-set', 'wrong-tried', 'final-try', 'locked']),
      /** Names of mechanisms the appliance wants and this token does not offer. */
      missingMechanisms: z.array(z.string()),
    }),
  ),
})
/** What a PKCS#11 library and its tokens say of themselves. */
export type ModuleReport = z.infer<typeof moduleReport>

const answer = z.union([z.object({ report: moduleReport }), z.object({ problem: z.string() })])
const WITHIN_MS = 20_000

/**
 * What a PKCS#11 library and the tokens behind it say of themselves, without a login. Asked in a
 * process of its own, because a library that does not fit can end the process that loads it.
 *
 * @param options.env - Further environment for the library, such as SOFTHSM2_CONF.
 * @throws GuardError `unavailable` if the library cannot be loaded or asked, crashes or hangs.
 */
export function inspectModule(
  modulePath: string,
  options: { env?: Readonly<Record<string, string>>; withinMs?: number } = {},
): Promise<ModuleReport> {
  const { env, withinMs = WITHIN_MS } = options
  return new Promise((resolve, reject) => {
    const refuse = (problem: string) => reject(new GuardError('unavailable', problem))
    const child = fork(builtFile('inspect-child.js'), [modulePath], {
      env: moduleEnvironment(process.env, env),
      execArgv: [],
      // Libraries print; what they print is not the answer.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const kill = setTimeout(() => {
      refuse(`The library did not answer within ${withinMs / 1000} s`)
      child.kill('SIGKILL')
    }, withinMs)
    child.once('message', (json) => {
      const answered = answer.safeParse(json)
      if (!answered.success) refuse('The inspecting process gave no answer that can be read')
      else if ('problem' in answered.data) refuse(answered.data.problem)
      else resolve(answered.data.report)
      child.kill('SIGKILL')
    })
    child.once('error', (error) => refuse(`No process could be started: ${error.message}`))
    child.once('exit', (code, signal) => {
      clearTimeout(kill)
      refuse(`The library ended the process that loaded it (${signal ?? `exit ${code}`})`)
    })
  })
}
