import { defineCommand } from 'citty'
import type { Appliance } from '../../appliance.ts'
import { makeIdMaker } from '../../ids.ts'
import { appendEntries } from '../../journal/store.ts'
import type { Vault } from '../../vault/model.ts'
import { makeVault } from '../../vault/vault.ts'
import { withAppliance } from '../appliance.ts'
import { report } from '../output.ts'

/** Who the journal says did it. */
const OPERATOR = 'operator'

const rotateCommand = defineCommand({
  meta: {
    name: 'rotate',
    description: 'Seal with a new data key from now on; old ones still open',
  },
  async run() {
    await withVault((vault) => vault.rotate(OPERATOR))
  },
})

const rewrapCommand = defineCommand({
  meta: { name: 'rewrap', description: 'Wrap every data key anew, under a new key of the HSM' },
  args: {
    'destroy-old': {
      type: 'boolean',
      description:
        'Destroy the one before: backups of the database from before open no secret then',
    },
    json: { type: 'boolean', description: 'One JSON line' },
  },
  async run({ args }) {
    await withVault(async (vault, appliance) => {
      const before = await vault.rewrap(OPERATOR)
      const isDestroyed = args['destroy-old'] === true
      if (isDestroyed) await destroy(appliance, before)
      report({ before, isDestroyed }, args.json === true, before)
    })
  },
})

export const vaultCommand = defineCommand({
  meta: { name: 'vault', description: 'The keys of what is kept encrypted' },
  subCommands: { rotate: rotateCommand, rewrap: rewrapCommand },
})

async function withVault(
  work: (vault: Vault, appliance: Appliance) => Promise<void>,
): Promise<void> {
  await withAppliance(async (appliance) => {
    const { db, guard: keys, now } = appliance
    const vault = makeVault({ db, keys, now, makeId: makeIdMaker() })
    try {
      await work(vault, appliance)
    } finally {
      vault.close()
    }
  })
}

async function destroy({ db, guard, now }: Appliance, keyId: string): Promise<void> {
  const { tokens } = await guard.destroyKey(keyId)
  const detail = { purpose: 'vault', tokens: JSON.stringify(tokens) }
  const entry = { at: now(), actor: OPERATOR, action: 'key.destroyed', subject: keyId, detail }
  await db.transaction().execute((tx) => appendEntries(tx, [entry]))
}
