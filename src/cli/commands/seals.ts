import { readFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import { openStore } from '../../appliance.ts'
import { readConfig } from '../../config.ts'
import type { Logo } from '../../engine/seal-kit.ts'
import { getOrganisation } from '../../people/service.ts'
import { changeSeal, createSeal, type SealChange } from '../../sealing/administration.ts'
import { findSeal, listSealIds } from '../../sealing/store.ts'
import { withAppliance } from '../appliance.ts'
import { EXIT, ExitError } from '../exit.ts'
import { keyAlgorithmOf } from '../key-algorithm.ts'
import { report, table } from '../output.ts'
import { csrCommand, importCommand, renewCommand } from './seals-certificate.ts'

const createCommand = defineCommand({
  meta: { name: 'create', description: 'Make a seal: its key is born in the HSM' },
  args: {
    id: { type: 'string', required: true, description: 'Its id in addresses: a-z, 0-9, hyphens' },
    name: { type: 'string', required: true, description: 'Its name in the certificate' },
    key: { type: 'string', default: 'rsa-3072', description: 'Kind of its key' },
    logo: { type: 'string', description: 'PNG or JPEG shown in visible seals' },
  },
  async run({ args }) {
    const keyAlgorithm = keyAlgorithmOf('--key', args.key)
    const logo = args.logo === undefined ? undefined : readLogo(args.logo)
    await withAppliance(async (appliance) => {
      const { db, guard: keys, authority, now } = appliance
      const organisation = await getOrganisation(db)
      const wanted = { id: args.id, name: args.name, organisation, keyAlgorithm }
      await createSeal(
        { db, keys, authority, now },
        { ...wanted, ...(logo !== undefined && { logo }) },
      )
    })
  },
})

const listCommand = defineCommand({
  meta: { name: 'list', description: 'List seals' },
  args: { json: { type: 'boolean', description: 'One JSON line' } },
  async run({ args }) {
    const db = await openStore(readConfig(process.env))
    const found = await Promise.all((await listSealIds(db)).map((id) => findSeal(db, id))).finally(
      () => db.destroy(),
    )
    const seals = found.flatMap((seal) => {
      if (seal === undefined) return []
      const { id, name, state, algorithm, certificate } = seal
      const { serial, notAfter } = certificate
      return [{ id, name, state, algorithm, serial, notAfter: new Date(notAfter).toISOString() }]
    })
    const rows = seals.map(Object.values<string>)
    const head = ['id', 'name', 'state', 'algorithm', 'serial', 'until']
    report(seals, args.json === true, table([head, ...rows]))
  },
})

const changeCommand = (change: SealChange, description: string) =>
  defineCommand({
    meta: { name: change, description },
    args: { id: { type: 'positional', required: true, description: 'Id of the seal' } },
    async run({ args }) {
      const db = await openStore(readConfig(process.env))
      await changeSeal({ db, now: Date.now }, args.id, change).finally(() => db.destroy())
    },
  })

/** CRLReason by the names people know (RFC 5280 §5.3.1). */
const REASONS = {
  unspecified: 0,
  'key-compromise': 1,
  'affiliation-changed': 3,
  superseded: 4,
  'cessation-of-operation': 5,
} as const

const revokeCommand = defineCommand({
  meta: { name: 'revoke', description: 'Revoke the certificate of a seal, for ever' },
  args: {
    id: { type: 'positional', required: true, description: 'Id of the seal' },
    reason: {
      type: 'string',
      default: 'unspecified',
      description: Object.keys(REASONS).join(', '),
    },
  },
  async run({ args }) {
    const reason = Object.entries(REASONS).find(([name]) => name === args.reason)?.[1]
    if (reason === undefined) {
      const known = Object.keys(REASONS).join(', ')
      throw new ExitError(EXIT.usage, `--reason: ${args.reason} is none of ${known}.`)
    }
    await withAppliance(async ({ db, authority }) => {
      const seal = await findSeal(db, args.id)
      if (seal === undefined) throw new ExitError(EXIT.usage, `There is no seal ${args.id}.`)
      await authority.revoke(seal.certificate.id, reason, 'operator')
    })
  },
})

export const sealsCommand = defineCommand({
  meta: { name: 'seals', description: 'The seals of the organisation' },
  subCommands: {
    create: createCommand,
    list: listCommand,
    suspend: changeCommand('suspend', 'Nobody can apply it until it is resumed'),
    resume: changeCommand('resume', 'It can be applied again'),
    csr: csrCommand,
    'import-certificate': importCommand,
    renew: renewCommand,
    revoke: revokeCommand,
    retire: changeCommand('retire', 'It can never be applied again'),
  },
})

const PNG = Buffer.from('89504e470d0a1a0a', 'hex')
const JPEG = Buffer.from('ffd8ff', 'hex')

function readLogo(file: string): Logo {
  const bytes = readFileSync(file)
  if (bytes.subarray(0, PNG.length).equals(PNG)) return { type: 'png', bytes }
  if (bytes.subarray(0, JPEG.length).equals(JPEG)) return { type: 'jpeg', bytes }
  throw new ExitError(EXIT.usage, `--logo: ${file} is neither PNG nor JPEG.`)
}
