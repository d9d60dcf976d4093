import { stat } from 'node:fs/promises'
import { inspectModule, type ModuleReport } from '../../hsm/inspect.ts'
import type { TokenReport } from '../../hsm/protocol.ts'
import type { Config } from '../config.ts'
import { type GuardAccess, openGuard } from '../guard-access.ts'
import { makeLog } from '../log.ts'
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts'

/** Module, token, PIN file, then the guard with its one login. */
export async function examineHsm(config: Config): Promise<Finding[]> {
  const findings = config.guardSocket === undefined ? await examineModule(config) : []
  // A PIN is tried only once the token is there: each try may count against the HSM's limit.
  const isReachable = findings.every(({ state }) => state !== 'fail')
  return isReachable ? [...findings, ...(await examineGuard(config))] : findings
}

async function examineModule({ pkcs11 }: Config): Promise<Finding[]> {
  const { module, tokens, pinFile } = pkcs11
  if (module === undefined) {
    return [fail('module', 'SCEAU_PKCS11_MODULE is not set', 'Set it to the library of your HSM.')]
  }
  let report: ModuleReport
  try {
    report = await inspectModule(module)
  } catch (error) {
    const mend = `Check the path ${module} and the libraries it needs (ldd ${module}).`
    return [fail('module', reasonOf(error), mend)]
  }
  return [
    ok('module', `${report.module.description} ${report.module.version} (${module})`),
    ...tokens.map((selector) => examineToken(report, selector)),
    await examinePinFile(pinFile),
  ]
}

function examineToken({ tokens }: ModuleReport, selector: string): Finding {
  const labels = tokens.map(({ label, serial }) => `${label} (serial:${serial})`).join(', ')
  const found = tokens.filter(
    ({ label, serial, slotNumber }) =>
      selector === label || selector === `serial:${serial}` || selector === `slot:${slotNumber}`,
  )
  const [token] = found
  if (token === undefined || found.length > 1) {
    const detail = `${found.length} tokens match ${selector}; there are: ${labels || 'none'}`
    return fail('token', detail, 'Set SCEAU_PKCS11_TOKENS to a label or serial:… of these.')
  }
  if (token.missingMechanisms.length > 0) {
    const detail = `${token.label} lacks ${token.missingMechanisms.join(', ')}`
    return warn('token', detail, 'Keys of those kinds cannot be used on this token.')
  }
  return ok('token', `${token.label} (serial:${token.serial})`)
}

async function examinePinFile(pinFile: string | undefined): Promise<Finding> {
  const check = 'PIN'
  if (pinFile === undefined) {
    return fail(check, 'SCEAU_PKCS11_PIN_FILE is not set', 'Set it to a file that holds the PIN.')
  }
  try {
    const { mode } = await stat(pinFile)
    if ((mode & 0o077) !== 0) {
      return warn(check, `${pinFile} can be read by other users`, `chmod 600 ${pinFile}`)
    }
    return ok(check, `${pinFile}, not tried yet`)
  } catch (error) {
    return fail(check, reasonOf(error), 'Write the PIN of the token into that file (chmod 600).')
  }
}

/** One login by the guard; or what a guard that runs already says of its own. */
async function examineGuard(config: Config): Promise<Finding[]> {
  let guard: GuardAccess
  try {
    guard = await openGuard(config, makeLog('silent'))
  } catch (error) {
    return [fail('guard', reasonOf(error), 'Mend what stands above, then ask again.')]
  }
  try {
    return await findingsOfGuard(guard)
  } finally {
    await guard.close()
  }
}

const OPENING_MS = 10_000
const POLL_MS = 100
const PIN_REFUSED = 'Put the right PIN into the file. It was tried once, not twice.'
const MISSING_KEY = "Copy it by the HSM's own tool, with the same id; until then the others sign."
const WATCHING = 'See docs/OPERATIONS.md, «Watching».'

async function findingsOfGuard(guard: GuardAccess): Promise<Finding[]> {
  const isOpening = ({ state }: { state: string }) => state === 'opening'
  let status = await guard.status()
  for (let waited = 0; status.tokens.some(isOpening) && waited < OPENING_MS; waited += POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    status = await guard.status()
  }
  const { state, message = state, tokens } = status
  if (tokens.length === 0) return [fail('guard', message, WATCHING)]
  const isSigning = state === 'open'
  const findings = tokens.map((token) => findingOfToken(token, isSigning))
  return isSigning ? [...findings, ...(await examineCopies(guard))] : findings
}

async function examineCopies(guard: GuardAccess): Promise<Finding[]> {
  return (await guard.listMissingKeys()).map(({ keyId, label, token }) =>
    warn('keys', `${token} lacks the key ${label} (${keyId})`, MISSING_KEY),
  )
}

function findingOfToken(
  { selector, state, message = state }: TokenReport,
  isSigning: boolean,
): Finding {
  switch (state) {
    case 'open':
      return ok('guard', `${selector} is open`)
    case 'pin-refused':
      return fail('PIN', `${selector}: ${message}`, PIN_REFUSED)
    default: {
      const detail = `${selector}: ${message}`
      return isSigning ? warn('guard', detail, WATCHING) : fail('guard', detail, WATCHING)
    }
  }
}
