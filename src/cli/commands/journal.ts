import { defineCommand } from 'citty'
import { openStore } from '../../appliance.ts'
import { readConfig } from '../../config.ts'
import { type JournalVerdict, verifyJournal } from '../../journal/verify.ts'
import { makeOperationWitness } from '../../sealing/operation-witness.ts'
import { EXIT, ExitError } from '../exit.ts'
import { report } from '../output.ts'

const verifyCommand = defineCommand({
  meta: { name: 'verify', description: 'Walk the whole journal; name the first bad entry' },
  args: { json: { type: 'boolean', description: 'One JSON line' } },
  async run({ args }) {
    const db = await openStore(readConfig(process.env))
    const verdict = await verifyJournal(db, makeOperationWitness(db)).finally(() => db.destroy())
    report(verdict, args.json === true, wordsOf(verdict))
    if (!verdict.intact) throw new ExitError(EXIT.documentFailed, 'The journal is not intact.')
  },
})

function wordsOf(verdict: JournalVerdict): string {
  if (verdict.intact) return `intact: ${verdict.entries} entries, last hash ${verdict.hash}`
  const { seq, operation, reason } = verdict
  const where = operation === undefined ? `entry ${seq}` : `entry ${seq}, operation ${operation}`
  return `BROKEN at ${where}: ${reason}`
}

export const journalCommand = defineCommand({
  meta: { name: 'journal', description: 'The append-only journal' },
  subCommands: { verify: verifyCommand },
})
