#!/usr/bin/env node
import { defineCommand, runCommand, runMain, type SubCommandsDef } from 'citty'
import { AppError } from '../errors.ts'
import { apiClientCommand } from './commands/api-client.ts'
import { batchCommand } from './commands/batch.ts'
import { doctorCommand } from './commands/doctor.ts'
import { guardCommand } from './commands/guard.ts'
import { healthcheckCommand } from './commands/healthcheck.ts'
import { hotFolderCommand } from './commands/hotfolder.ts'
import { initCommand } from './commands/init.ts'
import { journalCommand } from './commands/journal.ts'
import { sealCommand } from './commands/seal.ts'
import { sealsCommand } from './commands/seals.ts'
import { startCommand } from './commands/start.ts'
import { vaultCommand } from './commands/vault.ts'
import { verifyCommand } from './commands/verify.ts'
import { EXIT, ExitError } from './exit.ts'

const SUB_COMMANDS = {
  init: initCommand,
  start: startCommand,
  guard: guardCommand,
  seal: sealCommand,
  batch: batchCommand,
  verify: verifyCommand,
  seals: sealsCommand,
  'api-client': apiClientCommand,
  hotfolder: hotFolderCommand,
  journal: journalCommand,
  vault: vaultCommand,
  doctor: doctorCommand,
  healthcheck: healthcheckCommand,
} satisfies SubCommandsDef

const sceau = defineCommand({
  meta: { name: 'sceau', description: 'A self-hosted signing appliance' },
  subCommands: SUB_COMMANDS,
})

const rawArgs = process.argv.slice(2)
try {
  const wantsHelp = rawArgs.length === 0 || rawArgs.includes('--help') || rawArgs.includes('-h')
  // Of its own, the parser would end every failure with 1.
  if (wantsHelp) await runMain(sceau, { rawArgs: rawArgs.length === 0 ? ['--help'] : rawArgs })
  else await runCommand(sceau, { rawArgs })
} catch (error) {
  process.stderr.write(`sceau: ${messageOf(error)}\n`)
  process.exitCode = exitCodeOf(error)
}

/** The parser of the command line throws errors that it names so; they are all wrong usage. */
function exitCodeOf(error: unknown): number {
  if (error instanceof ExitError) return error.exitCode
  const isUsage = error instanceof Error && error.name === 'CLIError'
  return isUsage ? EXIT.usage : EXIT.documentFailed
}

function messageOf(error: unknown): string {
  if (error instanceof ExitError || error instanceof AppError) return error.message
  return error instanceof Error ? error.message : String(error)
}
