import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Appliance } from '../../src/appliance.ts'
import { createClient } from '../../src/clients/service.ts'
import { listMembers } from '../../src/people/lists.ts'
import { enterMember, foundOrganisation } from '../../src/people/service.ts'
import { findFirstOrganisation } from '../../src/people/store.ts'
import type { MemberFunction } from '../../src/rights/matrix.ts'
import { createSeal, delegateSeal } from '../../src/sealing/administration.ts'
import { listSealIds } from '../../src/sealing/store.ts'

/** What a program needs to use the demo: `data/demo/credentials.json`. */
export interface Credentials {
  readonly url: string
  readonly caFile: string
  readonly apiKey: string
  readonly seal: string
  readonly people: readonly { name: string; function: string; email: string }[]
}

const COUNCIL = {
  kind: 'council',
  name: 'Conseil régional de l’ordre des experts-comptables du Val de Brume',
  siren: '123456782',
} as const

const PEOPLE: readonly {
  givenName: string
  familyName: string
  function: MemberFunction
}[] = [
  { givenName: 'Hélène', familyName: 'Marchal', function: 'president' },
  { givenName: 'Étienne', familyName: 'Lacroix', function: 'secretary-general' },
  { givenName: 'Nadia', familyName: 'Benhaddou', function: 'permanent' },
]
const SEAL = 'conseil'
const LOGO = join(dirname(fileURLToPath(import.meta.url)), '../../../scripts/demo/logo.png')

/**
 * A council with its people, its authority, its seal, and a program that may apply it. Steps that
 * an earlier run has done are not done again.
 */
export async function foundDemo(appliance: Appliance, files: { dir: string; url: string }) {
  const { db, authority, guard: keys, now } = appliance
  const organisation =
    (await findFirstOrganisation(db)) ?? (await foundOrganisation({ db, now }, COUNCIL))
  if ((await authority.findCertificate('root')) === undefined) {
    await authority.create(organisation, 'rsa-3072')
  }
  if ((await listMembers(db, organisation.id, now())).length === 0) {
    for (const person of PEOPLE) {
      const email = `${plain(person.givenName)}.${plain(person.familyName)}@croec.example`
      const member = { ...person, email, organisationId: organisation.id, validTo: null }
      await enterMember({ db, now }, member)
    }
  }
  if (!(await listSealIds(db)).includes(SEAL)) {
    const logo = { type: 'png', bytes: readFileSync(LOGO) } as const
    const seal = { id: SEAL, name: `Cachet du ${COUNCIL.name}`, organisation, logo }
    await createSeal({ db, keys, authority, now }, { ...seal, keyAlgorithm: 'rsa-3072' })
  }
  return keepCredentials(appliance, organisation.id, files)
}

/** A key is shown once, so the file is kept; without it a new client is made. */
async function keepCredentials(
  { db, now }: Appliance,
  organisationId: string,
  { dir, url }: { dir: string; url: string },
): Promise<Credentials> {
  const path = join(dir, 'credentials.json')
  const members = await listMembers(db, organisationId, now())
  const people = members.map(({ givenName, familyName, functions, email }) => ({
    name: `${givenName} ${familyName}`,
    function: functions.join(', '),
    email,
  }))
  const credentials = {
    url,
    caFile: join(dir, 'root.pem'),
    apiKey: keptKey(path) ?? (await newKey()),
    seal: SEAL,
    people,
  }
  writeFileSync(path, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 })
  return credentials

  async function newKey(): Promise<string> {
    const { client, apiKey } = await createClient({ db, now }, 'Démonstration')
    const president = members.find((member) => member.functions.includes('president'))
    await delegateSeal(
      { db, now },
      {
        organisationId,
        sealId: SEAL,
        clientId: client.id,
        validTo: null,
        ...(president !== undefined && { grantorPersonId: president.id }),
      },
    )
    return apiKey
  }
}

function keptKey(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  const kept: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const hasKey = typeof kept === 'object' && kept !== null && 'apiKey' in kept
  return hasKey ? String(kept.apiKey) : undefined
}

function plain(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
