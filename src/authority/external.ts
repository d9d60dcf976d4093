import { randomUUID } from 'node:crypto'
import {
  DEFAULT_SIGNATURE_ALGORITHM,
  isKeyAlgorithm,
  type SignDigest,
} from '../../hsm/algorithms.ts'
import { readSubject } from '../cms/certificate-parts.ts'
import type { Db, Tx } from '../db/database.ts'
import type { Row } from '../db/schema.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { readCertificateBag } from '../pki/certificate-bag.ts'
import { buildCsr } from '../pki/csr.ts'
import { readName } from '../pki/name.ts'
import { validatePath } from '../pki/path.ts'
import { type Certificate, parseCertificate } from '../pki/x509.ts'
import type { KeyMaker } from './model.ts'
import { registerKey } from './register.ts'
import type { Authority } from './service.ts'

interface Deps {
  readonly db: Db
  readonly keys: KeyMaker
  readonly signDigest: SignDigest
  readonly authority: Pick<Authority, 'supersede'>
  readonly now: () => number
}

/** Whose certificate: a seal's by the seal's id, a person's by the person's. */
export type Holder = { readonly sealId: string } | { readonly personId: string }

/** Certificates of other authorities on keys of the token. */
export function makeExternal({ db, keys, signDigest, authority, now }: Deps) {
  /**
   * Make a new key for a holder who has a certificate, and a PKCS #10 request on it with his name.
   *
   * @returns DER.
   * @throws AppError `not-found`.
   */
  async function request(holder: Holder, actor: string): Promise<Uint8Array> {
    const present = await getPresent(db, holder)
    const algorithm = present.algorithm
    if (!isKeyAlgorithm(algorithm)) throw notFound()
    const profile = 'sealId' in holder ? 'seal' : 'person'
    const label = 'sealId' in holder ? `Sceau seal ${holder.sealId}` : 'Sceau person'
    const key = await keys.generateKey({ algorithm, label })
    const { keyId, publicKey } = key
    const subject = readName(readSubject(present.der))
    const signature = DEFAULT_SIGNATURE_ALGORITHM[algorithm]
    const der = await buildCsr({ subject, keyId, publicKey, algorithm: signature }, signDigest)
    const at = now()
    await db.transaction().execute(async (tx) => {
      await registerKey(tx, key, { purpose: profile, at })
      const id = randomUUID()
      const of = 'sealId' in holder ? { seal_id: holder.sealId } : { person_id: holder.personId }
      await tx
        .insertInto('certificate_request')
        .values({
          ...{ id, key_id: keyId, profile, seal_id: null, person_id: null, ...of },
          ...{ der: Buffer.from(der), state: 'requested', certificate_id: null, created_at: at },
        })
        .execute()
      const detail = { profile, key: keyId }
      await appendEntries(tx, [{ at, actor, action: 'certificate.requested', subject: id, detail }])
    })
    return der
  }

  /**
   * Take in what another authority issued for a request: certificate and chain, in one file. From
   * then on it is used in the place of the one before.
   *
   * @param anchors - DER of the roots that may end its path.
   * @throws AppError `invalid-request` that says what is wrong with it.
   */
  async function importAnswer(
    holder: Holder,
    { file, anchors }: { readonly file: Uint8Array; readonly anchors: readonly Uint8Array[] },
    actor: string,
  ): Promise<Certificate> {
    const bag = readBag(file)
    const asked = await listRequests(db, holder)
    const pair = findPair(bag, asked)
    if (pair === undefined) {
      throw refused('No certificate of the file is on a key that was requested for this holder.')
    }
    const { certificate, request: row } = pair
    requireUsage(certificate)
    const chain = requirePath(certificate, { bag, anchors, at: now() })
    const present = await getPresent(db, holder)
    await db.transaction().execute(async (tx) => {
      const id = await keep(tx, { certificate, chain, row, present, at: now() })
      await authority.supersede(tx, present.id, id, actor)
      await moveSeal(tx, holder, { id, keyId: row.key_id })
      const detail = { profile: row.profile, serial: certificate.serial, key: row.key_id }
      const entry = { at: now(), actor, action: 'certificate.imported', subject: id, detail }
      await appendEntries(tx, [entry])
    })
    return certificate
  }

  return { request, importAnswer }
}

function readBag(file: Uint8Array): Certificate[] {
  try {
    return readCertificateBag(file).map(parseCertificate)
  } catch (error) {
    throw new AppError(
      'invalid-request',
      'The file holds no certificates: PEM, DER and PKCS #7 are understood.',
      { cause: error },
    )
  }
}

async function getPresent(db: Db, holder: Holder) {
  const certificates = db
    .selectFrom('certificate')
    .innerJoin('signing_key', 'signing_key.id', 'certificate.key_id')
    .select([
      'certificate.id',
      'certificate.der',
      'certificate.organisation_id',
      'certificate.person_id',
      'signing_key.algorithm',
    ])
    .where('certificate.state', '=', 'active')
  const row =
    'sealId' in holder
      ? await certificates
          .innerJoin('seal', 'seal.certificate_id', 'certificate.id')
          .where('seal.id', '=', holder.sealId)
          .executeTakeFirst()
      : await certificates
          .where('certificate.person_id', '=', holder.personId)
          .orderBy('certificate.created_at', 'desc')
          .executeTakeFirst()
  if (row === undefined) throw notFound()
  return row
}

async function listRequests(db: Db, holder: Holder) {
  const requests = db
    .selectFrom('certificate_request')
    .innerJoin('signing_key', 'signing_key.id', 'certificate_request.key_id')
    .selectAll('certificate_request')
    .select('signing_key.public_key')
    .where('certificate_request.state', '=', 'requested')
  return 'sealId' in holder
    ? requests.where('seal_id', '=', holder.sealId).execute()
    : requests.where('certificate_request.person_id', '=', holder.personId).execute()
}

type RequestRow = Awaited<ReturnType<typeof listRequests>>[number]

function findPair(bag: readonly Certificate[], requests: readonly RequestRow[]) {
  for (const certificate of bag) {
    const spki = certificate.publicKey?.export({ type: 'spki', format: 'der' })
    const request = requests.find(({ public_key }) => spki?.equals(public_key))
    if (request !== undefined) return { certificate, request }
  }
  return undefined
}

const DIGITAL_SIGNATURE = 0
const NON_REPUDIATION = 1
/** Purposes under which documents are signed: any, e-mail, documents (RFC 9336), Microsoft, Adobe. */
const DOCUMENT_PURPOSES = [
  '2.5.29.37.0',
  '1.3.6.1.5.5.7.3.4',
  '1.3.6.1.5.5.7.3.36',
  '1.3.6.1.4.1.311.10.3.12',
  '1.2.840.113583.1.1.5',
]

function requireUsage({ isCa, keyUsage, extendedKeyUsage }: Certificate): void {
  const signs = keyUsage?.has(DIGITAL_SIGNATURE) || keyUsage?.has(NON_REPUDIATION)
  const isForDocuments =
    extendedKeyUsage === undefined || DOCUMENT_PURPOSES.some((oid) => extendedKeyUsage.has(oid))
  if (isCa || signs === false || !isForDocuments) {
    throw refused('This certificate is not for signing documents: its key usage says otherwise.')
  }
}

/** Its issuer's revocation lists come later, at each verification. */
function requirePath(
  certificate: Certificate,
  { bag, anchors, at }: { bag: readonly Certificate[]; anchors: readonly Uint8Array[]; at: number },
): Uint8Array[] {
  const trust = { anchors: anchors.map(parseCertificate), candidates: bag, crls: [], at }
  const { path, problem } = validatePath(certificate, trust)
  if (problem !== undefined && problem !== 'revocation-unknown') {
    throw refused(`Its path to the given roots does not hold: ${problem}.`)
  }
  return path.slice(1, -1).map(({ certificate: above }) => above.der)
}

async function keep(
  tx: Tx,
  taken: {
    readonly certificate: Certificate
    readonly chain: readonly Uint8Array[]
    readonly row: RequestRow
    readonly present: Pick<Row<'certificate'>, 'organisation_id' | 'person_id'>
    readonly at: number
  },
): Promise<string> {
  const { certificate, chain, row, present, at } = taken
  const id = randomUUID()
  await tx
    .insertInto('certificate')
    .values({
      ...{ id, profile: row.profile, issuer_id: null, key_id: row.key_id },
      ...{ serial: certificate.serial, der: Buffer.from(certificate.der), state: 'active' },
      subject: certificate.x509.subject.split('\n').reverse().join(', '),
      ...{ not_before: certificate.notBefore, not_after: certificate.notAfter },
      ...{ revoked_at: null, revocation_reason: null, created_at: at },
      ...{ organisation_id: present.organisation_id, person_id: present.person_id },
    })
    .execute()
  for (const [position, der] of chain.entries()) {
    const link = { certificate_id: id, position, der: Buffer.from(der) }
    await tx.insertInto('certificate_chain').values(link).execute()
  }
  const { numUpdatedRows } = await tx
    .updateTable('certificate_request')
    .set({ state: 'answered', certificate_id: id })
    .where('id', '=', row.id)
    .where('state', '=', 'requested')
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw refused('This request has been answered already.')
  return id
}

async function moveSeal(tx: Tx, holder: Holder, to: { id: string; keyId: string }): Promise<void> {
  if (!('sealId' in holder)) return
  await tx
    .updateTable('seal')
    .set({ certificate_id: to.id, key_id: to.keyId })
    .where('id', '=', holder.sealId)
    .execute()
}

function refused(message: string): AppError {
  return new AppError('invalid-request', message)
}

function notFound(): AppError {
  return new AppError('not-found', 'There is no holder of an active certificate of this id.')
}
