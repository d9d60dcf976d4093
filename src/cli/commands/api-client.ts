import { defineCommand } from 'citty'
import { openStore } from '../../appliance.ts'
import { changeWeight, createClient, revoke } from '../../clients/service.ts'
import { listClients } from '../../clients/store.ts'
import { readConfig } from '../../config.ts'
import type { Db } from '../../db/database.ts'
import { getOrganisation } from '../../people/service.ts'
import { delegateSeal } from '../../sealing/administration.ts'
import { findSeal } from '../../sealing/store.ts'
import { EXIT, ExitError } from '../exit.ts'
import { report, table } from '../output.ts'

const WEIGHT = 'Its share beside other clients, 1 to 1000'
const JSON_ARG = { json: { type: 'boolean', description: 'One JSON line' } } as const

const createCommand = defineCommand({
  meta: { name: 'create', description: 'Make an API client; its key is shown this once' },
  args: {
    name: { type: 'string', required: true, description: 'What program it is' },
    seal: { type: 'string', description: 'Seals it may apply, by id, separated by commas' },
    until: { type: 'string', description: 'Last day it may apply them (YYYY-MM-DD, UTC)' },
    weight: { type: 'string', default: '1', description: WEIGHT },
    ...JSON_ARG,
  },
  async run({ args }) {
    const validTo = args.until === undefined ? null : endOfDay(args.until)
    const weight = weightOf('--weight', args.weight)
    const seals = (args.seal ?? '').split(',').filter((id) => id !== '')
    await withStore(async (db) => {
      const deps = { db, now: Date.now }
      const { id: organisationId } = await getOrganisation(db)
      // Before the client is there: a delegation that fails must not leave a client without any.
      for (const id of seals) await requireSeal(db, id)
      const { client, apiKey } = await createClient(deps, args.name, { weight })
      const delegations: string[] = []
      for (const sealId of seals) {
        const granted = { organisationId, sealId, clientId: client.id, validTo }
        delegations.push(await delegateSeal(deps, granted))
      }
      report({ ...client, apiKey, delegations }, args.json === true, apiKey)
    })
  },
})

const listCommand = defineCommand({
  meta: { name: 'list', description: 'List API clients' },
  args: JSON_ARG,
  async run({ args }) {
    await withStore(async (db) => {
      const clients = await listClients(db)
      const rows = clients.map(({ id, name, weight, revokedAt, lastUsedAt }) => [
        id,
        name,
        String(weight),
        revokedAt === null ? 'active' : 'revoked',
        lastUsedAt === null ? 'never used' : `last used ${new Date(lastUsedAt).toISOString()}`,
      ])
      report(
        clients,
        args.json === true,
        table([['id', 'name', 'weight', 'state', 'use'], ...rows]),
      )
    })
  },
})

const revokeCommand = defineCommand({
  meta: { name: 'revoke', description: 'Revoke an API client: its next request is refused' },
  args: { id: { type: 'positional', required: true, description: 'Id of the client' } },
  async run({ args }) {
    await withStore((db) => revoke({ db, now: Date.now }, args.id))
  },
})

const weightCommand = defineCommand({
  meta: { name: 'weight', description: 'Change the share of the engine a client gets' },
  args: {
    id: { type: 'positional', required: true, description: 'Id of the client' },
    weight: { type: 'positional', required: true, description: WEIGHT },
  },
  async run({ args }) {
    const weight = weightOf('WEIGHT', args.weight)
    await withStore((db) => changeWeight({ db, now: Date.now }, args.id, weight))
  },
})

export const apiClientCommand = defineCommand({
  meta: { name: 'api-client', description: 'Programs that may call the API' },
  subCommands: {
    create: createCommand,
    list: listCommand,
    weight: weightCommand,
    revoke: revokeCommand,
  },
})

async function withStore(use: (db: Db) => Promise<void>): Promise<void> {
  const db = await openStore(readConfig(process.env))
  await use(db).finally(() => db.destroy())
}

async function requireSeal(db: Db, id: string): Promise<void> {
  if ((await findSeal(db, id)) !== undefined) return
  throw new ExitError(EXIT.usage, `--seal: there is no seal ${id}. See sceau seals list.`)
}

function weightOf(flag: string, text: string): number {
  const weight = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (weight >= 1 && weight <= 1000) return weight
  throw new ExitError(EXIT.usage, `${flag}: ${text} is not a whole number from 1 to 1000.`)
}

function endOfDay(text: string): number {
  const start = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(start)) throw new ExitError(EXIT.usage, `--until: ${text} is not YYYY-MM-DD.`)
  return start + 24 * 3_600_000
}
