import { defineCommand } from 'citty'
import { isSiren } from '../../authority/model.ts'
import { closeFirstRun } from '../../first-run/opening.ts'
import type { Organisation } from '../../people/model.ts'
import { foundOrganisation } from '../../people/service.ts'
import { findFirstOrganisation } from '../../people/store.ts'
import { withAppliance } from '../appliance.ts'
import { EXIT, ExitError } from '../exit.ts'
import { keyAlgorithmOf } from '../key-algorithm.ts'

const KINDS: readonly Organisation['kind'][] = ['council', 'firm', 'agc', 'other']

export const initCommand = defineCommand({
  meta: {
    name: 'init',
    description: 'Found the organisation and its certification authority, keys made in the HSM',
  },
  args: {
    organisation: { type: 'string', required: true, description: 'Its legal name' },
    siren: { type: 'string', required: true, description: 'Its SIREN, nine digits' },
    kind: { type: 'string', default: 'council', description: KINDS.join(', ') },
    'ca-key': { type: 'string', default: 'rsa-4096', description: 'Kind of the CA keys' },
  },
  async run({ args }) {
    const kind = KINDS.find((one) => one === args.kind)
    if (kind === undefined) {
      throw new ExitError(EXIT.usage, `--kind: ${args.kind} is none of ${KINDS.join(', ')}.`)
    }
    if (!isSiren(args.siren)) {
      throw new ExitError(EXIT.usage, `--siren: ${args.siren} is no SIREN: check its nine digits.`)
    }
    const algorithm = keyAlgorithmOf('--ca-key', args['ca-key'])
    await withAppliance(async ({ db, authority, now }) => {
      const wanted = { kind, name: args.organisation, siren: args.siren }
      // After an interruption the organisation may stand already, and only its authority be missing.
      const organisation =
        (await findFirstOrganisation(db)) ?? (await foundOrganisation({ db, now }, wanted))
      await authority.create(organisation, algorithm)
      await closeFirstRun({ db, now })
    })
    process.stdout.write(
      'Done. Next: sceau seals create --id … --name …, then sceau api-client create, then sceau start.\n',
    )
  },
})
