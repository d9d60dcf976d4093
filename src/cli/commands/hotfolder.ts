import { defineCommand } from 'citty'
import { openStore } from '../../appliance.ts'
import { readConfig } from '../../config.ts'
import type { Db } from '../../db/database.ts'
import { foldersOf, makeFolders } from '../../hotfolder/folders.ts'
import { addHotFolder, removeHotFolder } from '../../hotfolder/service.ts'
import { listHotFolders } from '../../hotfolder/store.ts'
import { report, table } from '../output.ts'

const JSON_ARG = { json: { type: 'boolean', description: 'One JSON line' } } as const

const addCommand = defineCommand({
  meta: { name: 'add', description: 'Seal whatever PDF is put into a folder' },
  args: {
    seal: { type: 'string', required: true, description: 'Id of the seal' },
    'client-name': { type: 'string', description: 'Who the journal says has sealed' },
    ...JSON_ARG,
  },
  async run({ args }) {
    await withStore(async (db, dataDir) => {
      const wanted = {
        sealId: args.seal,
        clientName: args['client-name'] ?? `Hot folder ${args.seal}`,
      }
      const { sealId, client } = await addHotFolder({ db, now: Date.now }, wanted)
      await makeFolders(foldersOf(dataDir, sealId))
      const made = { seal: sealId, client, ...pathsOf(dataDir, sealId) }
      report(made, args.json === true, made.in)
    })
  },
})

const listCommand = defineCommand({
  meta: { name: 'list', description: 'List hot folders' },
  args: JSON_ARG,
  async run({ args }) {
    await withStore(async (db, dataDir) => {
      const found = (await listHotFolders(db)).map(({ sealId, client }) => {
        return { seal: sealId, client, ...pathsOf(dataDir, sealId) }
      })
      const rows = found.map(({ seal, client, in: path }) => [seal, client.id, client.name, path])
      const head = ['seal', 'client', 'name', 'in']
      report(found, args.json === true, table([head, ...rows]))
    })
  },
})

const removeCommand = defineCommand({
  meta: { name: 'remove', description: 'Watch a folder no more; its files stay where they are' },
  args: { seal: { type: 'positional', required: true, description: 'Id of the seal' } },
  async run({ args }) {
    await withStore((db) => removeHotFolder({ db, now: Date.now }, args.seal))
  },
})

export const hotFolderCommand = defineCommand({
  meta: { name: 'hotfolder', description: 'Folders whose PDFs are sealed' },
  subCommands: { add: addCommand, list: listCommand, remove: removeCommand },
})

/** The folders that are for people and programs. */
function pathsOf(dataDir: string, sealId: string) {
  const { in: incoming, out, failed } = foldersOf(dataDir, sealId)
  return { in: incoming, out, failed }
}

async function withStore(use: (db: Db, dataDir: string) => Promise<void>): Promise<void> {
  const config = readConfig(process.env)
  const db = await openStore(config)
  await use(db, config.dataDir).finally(() => db.destroy())
}
