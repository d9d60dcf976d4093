import { defineCommand } from 'citty'
import { openStore } from '../../appliance.ts'
import { readConfig } from '../../config.ts'
import { verifyJournal } from '../../journal/verify.ts'
import { EXIT, ExitError } from '../exit.ts'
import { report } from '../output.ts'

const verifyCommand = defineCommand({
  meta: { name: 'verify', description: 'Walk the whole journal; name the first bad entry' },
  args: { json: { type: 'boolean', description: 'One JSON line' } },
  async run({ args }) {
    const db = await openStore(readConfig(process.env))
    const verdict = await verifyJournal(db).finally(() => db.destroy())
    const words = verdict.intact
      ? `intact: ${verdict.entries} entries, last hash ${verdict.hash}`
      : `BROKEN at entry ${verdict.seq}: ${verdict.reason}`
    report(verdict, args.json === true, words)
    if (!verdict.intact) throw new ExitError(EXIT.documentFailed, 'The journal is not intact.')
  },
})

export const journalCommand = defineCommand({
  meta: { name: 'journal', description: 'The append-only journal' },
  subCommands: { verify: verifyCommand },
})
