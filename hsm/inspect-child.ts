/** The process that `inspect.ts` starts: loads the library, tells what it found, and is killed. */
import pkcs11 from 'pkcs11js'
import type { ModuleReport } from './inspect.ts'
import { WANTED_MECHANISMS } from './mechanisms.ts'
import { type FoundToken, Pkcs11Module } from './module.ts'

type TokenReport = ModuleReport['tokens'][number]

const [, , modulePath = ''] = process.argv
process.send?.(inspect())

function inspect(): { report: ModuleReport } | { problem: string } {
  try {
    const module = new Pkcs11Module(modulePath)
    module.initialize()
    const tokens = module.listTokens().map((token) => reportToken(module, token))
    return { report: { module: module.info(), tokens } }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

function reportToken(module: Pkcs11Module, token: FoundToken): TokenReport {
  const { label, serial, model, manufacturer, slotNumber, flags } = token
  const offered = module.mechanisms(token.slot)
  const missing = WANTED_MECHANISMS.filter(({ value }) => !offered.has(value))
  const missingMechanisms = missing.map(({ name }) => name)
  return { label, serial, model, manufacturer, slotNumber, pin: pinState(flags), missingMechanisms }
}

function pinState(flags: number): TokenReport['pin'] {
  const has = (flag: number) => (flags & flag) !== 0
  if (!has(pkcs11.CKF_USER_PIN_INITIALIZED)) return 'not-set'
  if (has(pkcs11.CKF_USER_PIN_LOCKED)) return 'locked'
  if (has(pkcs11.CKF_USER_PIN_FINAL_TRY)) return 'final-try'
  return has(pkcs11.CKF_USER_PIN_COUNT_LOW) ? 'wrong-tried' : 'ready'
}
