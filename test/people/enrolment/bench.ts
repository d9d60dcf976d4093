import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { makeAuthority } from '../../../src/authority/service.ts'
import type { Db } from '../../../src/db/database.ts'
import type { MakeId } from '../../../src/ids.ts'
import { makeIdMaker } from '../../../src/ids.ts'
import type { EnrolmentDeps } from '../../../src/people/enrolment/deps.ts'
import type { SubmittedIdentity } from '../../../src/people/enrolment/identity.ts'
import { makeImageStore } from '../../../src/people/enrolment/image-store.ts'
import { openEnrolment } from '../../../src/people/enrolment/invitation.ts'
import { type Enrolments, makeEnrolments } from '../../../src/people/enrolment/service.ts'
import type { Enrolment } from '../../../src/people/enrolment/store.ts'
import { insertMembership, insertPersonOnce } from '../../../src/people/store.ts'
import type { PersonActor } from '../../../src/rights/can.ts'
import { YEAR_MS } from '../../support/software-authority.ts'
import { makeSoftwareToken } from '../../support/software-token.ts'

export const START = Date.UTC(2026, 10, 24, 12)
export const DAY_MS = 86_400_000
export const MOBILE = '+33612345678'
export const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex')

/** An organisation with its Secretary General, and everything an enrolment needs. */
export interface Bench {
  readonly db: Db
  readonly deps: EnrolmentDeps
  readonly enrolments: Enrolments
  readonly council: string
  readonly verifier: PersonActor
  /** Keys that are in the token, by id, with their labels. */
  readonly keys: Map<string, string>
  readonly imagesDir: string
  readonly makeId: MakeId
  /** What the accounts say of a person. */
  readonly accounts: { readonly passwords: Set<string>; readonly factors: Set<string> }
  now: number
  addOrganisation(name: string): Promise<string>
  addMember(
    organisationId: string,
    held: PersonActor['functions'][number],
    name: string,
  ): Promise<PersonActor>
  /** Invite a person and find his enrolment. */
  invite(name: string, organisationId?: string): Promise<{ token: string; enrolment: Enrolment }>
  get(id: string): Promise<Enrolment>
  /** The code that the newest notice of this channel carries. */
  lastCode(channel: 'mail' | 'sms'): Promise<string>
  lastToken(): Promise<string>
  kinds(): Promise<string[]>
  actions(subject: string): Promise<string[]>
}

export async function makeBench(
  db: Db,
  changed: Partial<EnrolmentDeps> = {},
  describeCertificate: EnrolmentDeps['certificates']['describe'] = async () => undefined,
): Promise<Bench> {
  const imagesDir = await mkdtemp(join(tmpdir(), 'sceau-images-'))
  onTestFinished(() => rm(imagesDir, { recursive: true, force: true }))
  const makeId = makeIdMaker()
  const token = makeHolderToken()
  const accounts = { passwords: new Set<string>(), factors: new Set<string>() }
  const now = () => bench.now
  const authority = makeAuthority({
    ...{ db, now, signDigest: token.signDigest, publicUrl: 'https://sceau.example' },
    keys: token,
  })
  const deps: EnrolmentDeps = {
    ...{ db, now, makeId },
    codeSecret: Buffer.alloc(32, 9),
    keys: token,
    certificates: {
      issue: ({ key, ...wanted }) =>
        authority.issue({ profile: 'person', publicKey: key.publicKey, key, ...wanted }),
      revoke: (id, actor) => authority.revoke(id, 5, actor),
      describe: describeCertificate,
    },
    accounts: {
      hasPassword: async (personId) => accounts.passwords.has(personId),
      hasFactor: async (personId) => accounts.factors.has(personId),
    },
    images: makeImageStore(imagesDir),
    // The vault has its own tests: here it is enough that what is stored is not what was given.
    vault: { seal: async (bytes) => flip(bytes), open: async (sealed) => flip(sealed) },
    cleanIdentityFile: (bytes) => ({ type: 'jpeg', bytes }),
    ...changed,
  }
  const bench: Bench = {
    ...{ db, deps, imagesDir, makeId, accounts },
    enrolments: makeEnrolments(deps),
    keys: token.keys,
    now: START,
    council: '',
    verifier: {
      kind: 'person',
      id: '',
      organisationId: '',
      organisationKind: 'council',
      functions: [],
    },
    async addOrganisation(name) {
      const id = randomUUID()
      const siren = String(Math.floor(Math.random() * 1e9)).padStart(9, '0')
      const row = { id, kind: 'council', name, siren, created_at: START } as const
      await db.insertInto('organisation').values(row).execute()
      return id
    },
    async addMember(organisationId, held, name) {
      const personId = await enter(db, name, organisationId, 'active')
      const { id } = await db
        .selectFrom('membership')
        .select('id')
        .where('person_id', '=', personId)
        .executeTakeFirstOrThrow()
      await db
        .insertInto('member_function')
        .values({
          ...{ id: randomUUID(), membership_id: id, function: held, valid_from: START - 1 },
          ...{ valid_to: null, created_at: START },
        })
        .execute()
      const organisationKind = 'council'
      return { kind: 'person', id: personId, organisationId, organisationKind, functions: [held] }
    },
    async invite(name, organisationId = bench.council) {
      const personId = await enter(db, name, organisationId, 'invited')
      const wanted = { personId, organisationId, invitedBy: bench.verifier.id, at: bench.now }
      const sent = await db.transaction().execute((tx) => openEnrolment(tx, wanted))
      const enrolment = await bench.enrolments.resolveLink(sent)
      if (enrolment === undefined || enrolment === 'sign-in') throw new Error('no enrolment')
      return { token: sent, enrolment }
    },
    async get(id) {
      const row = await db
        .selectFrom('enrolment')
        .select('person_id')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      const found = await bench.enrolments.findOwn(row.person_id)
      if (found === undefined) throw new Error('no enrolment')
      return found
    },
    async lastCode(channel) {
      return JSON.parse(await newest(db, channel, 'enrolment.code%')).code
    },
    async lastToken() {
      return JSON.parse(await newest(db, 'mail', '%')).token
    },
    async kinds() {
      const rows = await db.selectFrom('notice').select('kind').orderBy('id').execute()
      return rows.map(({ kind }) => kind)
    },
    async actions(subject) {
      const rows = await db
        .selectFrom('journal_entry')
        .select('action')
        .where('subject', '=', subject)
        .orderBy('seq')
        .execute()
      return rows.map(({ action }) => action)
    },
  }
  await authority.create({ name: 'Conseil d’essai', siren: '123456782' }, 'p-256')
  const council = await bench.addOrganisation('Conseil d’essai')
  const verifier = await bench.addMember(council, 'secretary-general', 'Sylvie Secrétaire')
  return Object.assign(bench, { council, verifier })
}

/** A software token that can also list and destroy, as the guard does. */
function makeHolderToken() {
  const software = makeSoftwareToken()
  const keys = new Map<string, string>()
  const made = new Map<string, Awaited<ReturnType<typeof software.generateKey>>>()
  return {
    keys,
    signDigest: software.signDigest,
    async generateKey(wanted: {
      algorithm: Parameters<typeof software.generateKey>[0]['algorithm']
      label: string
      keyId?: string
    }) {
      const known = made.get(wanted.keyId ?? '')
      const key = known ?? (await software.generateKey(wanted))
      const keyId = wanted.keyId ?? key.keyId
      made.set(keyId, key)
      keys.set(keyId, wanted.label)
      return { ...key, keyId }
    },
    listKeys: async () => [...keys].map(([keyId, label]) => ({ keyId, label })),
    destroyKey: async (keyId: string) => keys.delete(keyId),
  }
}

async function enter(
  db: Db,
  name: string,
  organisationId: string,
  state: 'active' | 'invited',
): Promise<string> {
  const [givenName = '', familyName = ''] = name.split(' ')
  const email = `${givenName}.${familyName}@essai.example`
  const named = { givenName, familyName, email }
  const person = await insertPersonOnce(db, { id: randomUUID(), ...named }, START)
  const term = { validFrom: START - 1, validTo: null }
  const membership = { id: randomUUID(), organisationId, personId: person.id, state, ...term }
  await insertMembership(db, { ...membership, ...named }, START)
  return person.id
}

async function newest(db: Db, channel: 'mail' | 'sms', kind: string): Promise<string> {
  const { data_json } = await db
    .selectFrom('notice')
    .select('data_json')
    .where('channel', '=', channel)
    .where('kind', 'like', kind)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  return data_json
}

function flip(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte ^ 0xff)
}

export const IDENTITY: SubmittedIdentity = {
  ...{ kind: 'passport', last4: '4F2A', expiresOn: '2030-01-31' },
  ...{ professionalId: '14-00012345', professionalIdSource: 'typed' },
  file: JPEG,
}

/** The steps of an enrolment in their order, each by itself. */
export const WAY: readonly (readonly [
  name: string,
  go: (b: Bench, e: Enrolment) => Promise<unknown>,
])[] = [
  ['start', (b, { id }) => b.enrolments.start(id)],
  [
    'mail',
    async (b, { id }) => {
      await b.enrolments.sendCode(id, { channel: 'mail' })
      await b.enrolments.checkCode(id, { channel: 'mail', code: await b.lastCode('mail') })
    },
  ],
  [
    'mobile',
    async (b, { id }) => {
      await b.enrolments.sendCode(id, { channel: 'sms', mobile: MOBILE })
      await b.enrolments.checkCode(id, { channel: 'sms', code: await b.lastCode('sms') })
    },
  ],
  ['document', (b, { id }) => b.enrolments.submitIdentity(id, IDENTITY)],
  [
    'verification',
    (b, { id }) =>
      b.enrolments.verifyIdentity(id, { actor: b.verifier, method: 'document-at-a-distance' }),
  ],
  [
    'factor',
    async (b, { id, personId }) => {
      b.accounts.passwords.add(personId)
      b.accounts.factors.add(personId)
      await b.enrolments.registerFactor(id)
    },
  ],
  ['certificate', (b, { id }) => b.enrolments.makeCertificate(id)],
  ['conditions', (b, { id }) => b.enrolments.accept(id, { locale: 'fr', version: '2026-11' })],
]

/** Go up to this step and no further. */
export async function goTo(bench: Bench, enrolment: Enrolment, step: string): Promise<Enrolment> {
  for (const [name, go] of WAY) {
    await go(bench, enrolment)
    if (name === step) return bench.get(enrolment.id)
  }
  throw new Error(`there is no step ${step}`)
}

export const THREE_YEARS_MS = 3 * YEAR_MS
