import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Appliance } from '../../src/appliance.ts'
import { createClient } from '../../src/clients/service.ts'
import { listMembers } from '../../src/people/lists.ts'
import type { Organisation } from '../../src/people/model.ts'
import { foundOrganisation } from '../../src/people/service.ts'
import { findFirstOrganisation } from '../../src/people/store.ts'
import { createSeal, delegateSeal } from '../../src/sealing/administration.ts'
import { listSealIds } from '../../src/sealing/store.ts'
import { type DemoPerson, enterPeople, giveAccounts } from './people.ts'

/** What programs and people need to use the demo: `data/demo/credentials.json`. */
export interface Credentials {
  readonly url: string
  readonly caFile: string
  readonly apiKey: string
  readonly seal: string
  readonly people: readonly DemoPerson[]
}

const COUNCIL = {
  kind: 'council',
  name: 'Conseil régional de l’ordre des experts-comptables du Val de Brume',
  siren: '123456782',
} as const

const SEAL = 'conseil'
const LOGO = join(dirname(fileURLToPath(import.meta.url)), '../../../scripts/demo/logo.png')

/**
 * A council and a firm with their people, the authority, the seal, and a program that may apply it.
 * Steps that an earlier run has done are not done again.
 */
export async function foundDemo(appliance: Appliance, files: { dir: string; url: string }) {
  const { db, authority, guard: keys, now } = appliance
  const organisation =
    (await findFirstOrganisation(db)) ?? (await foundOrganisation({ db, now }, COUNCIL))
  if ((await authority.findCertificate('root')) === undefined) {
    await authority.create(organisation, 'rsa-3072')
  }
  await enterPeople({ db, now }, organisation)
  if (!(await listSealIds(db)).includes(SEAL)) {
    const logo = { type: 'png', bytes: readFileSync(LOGO) } as const
    const seal = { id: SEAL, name: `Cachet du ${COUNCIL.name}`, organisation, logo }
    await createSeal({ db, keys, authority, now }, { ...seal, keyAlgorithm: 'rsa-3072' })
  }
  return keepCredentials(appliance, organisation, files)
}

/** Keys and passwords are shown once, so the file is kept; without it new ones are made. */
async function keepCredentials(
  appliance: Appliance,
  council: Organisation,
  { dir, url }: { dir: string; url: string },
): Promise<Credentials> {
  const { db, now } = appliance
  const path = join(dir, 'credentials.json')
  const before = readKept(path)
  const credentials = {
    url,
    caFile: join(dir, 'root.pem'),
    apiKey: before?.apiKey ?? (await newKey()),
    seal: SEAL,
    people: await giveAccounts(appliance, { council, publicUrl: url, kept: before?.people ?? [] }),
  }
  writeFileSync(path, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 })
  return credentials

  async function newKey(): Promise<string> {
    const { client, apiKey } = await createClient({ db, now }, 'Démonstration')
    const members = await listMembers(db, council.id, now())
    const president = members.find(({ functions }) => functions.includes('president'))
    await delegateSeal(
      { db, now },
      {
        organisationId: council.id,
        sealId: SEAL,
        clientId: client.id,
        validTo: null,
        ...(president !== undefined && { grantorPersonId: president.id }),
      },
    )
    return apiKey
  }
}

const Person = z.object({
  name: z.string(),
  function: z.string(),
  organisation: z.string(),
  email: z.string(),
  password: z.string(),
  totpSecret: z.string(),
})
/** An older demo kept a key, and people without accounts. */
const Kept = z.object({ apiKey: z.string(), people: z.array(Person).catch([]) })

function readKept(path: string): z.infer<typeof Kept> | undefined {
  if (!existsSync(path)) return undefined
  return Kept.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
}
