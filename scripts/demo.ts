/**
 * `npm run demo [-- --exit]`: a whole appliance on a SoftHSM token in `data/demo`, the PDFs of
 * `samples/` sealed as a batch and verified through its API. With `--exit` it ends after the table: 0 only if
 * every document was sealed and verified.
 */
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openAppliance } from '../src/appliance.ts'
import { toPem } from '../src/authority/tls.ts'
import { makeProgressBar } from '../src/cli/batch/progress-bar.ts'
import { table } from '../src/cli/output.ts'
import { makeServerClient } from '../src/cli/server-client.ts'
import { readConfig } from '../src/config.ts'
import { makeLog } from '../src/log.ts'
import { startServer } from '../src/server.ts'
import { type Credentials, foundDemo } from './demo/founding.ts'
import type { DemoPerson } from './demo/people.ts'
import { type Outcome, sealSamples } from './demo/sealing.ts'
import { openDemoToken } from './demo/token.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const DIR = join(ROOT, 'data/demo')
const FIRST_PORT = 8443

const mayServe = !process.argv.includes('--exit')
const port = await freePort(FIRST_PORT)
const url = `https://127.0.0.1:${port}`
/** For people: passkeys belong to a name, never to an address. */
const publicUrl = `https://localhost:${port}`
const token = openDemoToken(join(DIR, 'softhsm'))
const config = readConfig({
  SCEAU_DATA_DIR: DIR,
  SCEAU_LISTEN: `127.0.0.1:${port}`,
  SCEAU_PUBLIC_URL: publicUrl,
  SCEAU_PKCS11_MODULE: token.module,
  SCEAU_PKCS11_TOKENS: token.label,
  SCEAU_PKCS11_PIN_FILE: token.pinFile,
  SCEAU_LOG_LEVEL: process.env.SCEAU_LOG_LEVEL ?? 'warn',
})
const log = makeLog(config.logLevel)

say('Keys in the token, authority, council, seal …')
const credentials = await found()
const server = await startServer(config, log)
const client = makeServerClient({
  url,
  'api-key': credentials.apiKey,
  'ca-file': credentials.caFile,
})
const sealed = join(DIR, 'sealed')
const outcomes = await sealSamples({
  ...{ client, seal: credentials.seal, view: makeProgressBar() },
  ...{ from: join(ROOT, 'samples'), to: sealed },
})
say(`\n${describe(outcomes)}\n`)
const failed = outcomes.filter(({ passed }) => !passed).length
say(`${outcomes.length - failed} of ${outcomes.length} sealed and verified. They lie in ${sealed}`)

if (mayServe) {
  say(invitation(credentials))
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}
await server.stop()
process.exitCode = failed > 0 || outcomes.length === 0 ? 1 : 0

async function found(): Promise<Credentials> {
  const appliance = await openAppliance(config, log)
  try {
    const made = await foundDemo(appliance, { dir: DIR, url: publicUrl })
    const root = await appliance.authority.findCertificate('root')
    if (root !== undefined) writeFileSync(made.caFile, toPem(root))
    return made
  } finally {
    await appliance.close()
  }
}

function describe(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, bytes, verdict }) => {
    return [name, `${Math.round(bytes / 1024)} KB`, verdict]
  })
  return table([['document', 'sealed', 'verdict'], ...rows])
}

function invitation({ caFile, people }: Credentials): string {
  return [
    `\n${publicUrl}/api/docs  for programs; key and seal are in ${join(DIR, 'credentials.json')}`,
    `${publicUrl}/sign-in   for people (certificate of its own authority: ${caFile})`,
    `\n${people.map(describePerson).join('\n')}`,
    '\nThe secret goes into an application of codes (TOTP). Without one, the code of this moment:',
    '  node scripts/demo-code.mjs SECRET',
    'Ctrl-C ends it.',
  ].join('\n')
}

function describePerson({ name, function: held, organisation, ...access }: DemoPerson): string {
  const { email, password, totpSecret } = access
  return `  ${name}, ${held}, ${organisation}\n    ${email}  ${password}  ${totpSecret}`
}

/** The first port from here on that nobody listens on. */
async function freePort(first: number): Promise<number> {
  for (let candidate = first; candidate < first + 20; candidate += 1) {
    if (!(await isTaken(candidate))) return candidate
  }
  return first
}

function isTaken(candidate: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(candidate, '127.0.0.1')
    const settle = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
