import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeExternal } from '../../src/authority/external.ts'
import { makeRenewal } from '../../src/authority/renewal.ts'
import type { Db } from '../../src/db/database.ts'
import { extendedKeyUsage, keyUsage } from '../../src/pki/extensions.ts'
import { createSeal } from '../../src/sealing/administration.ts'
import { findSeal } from '../../src/sealing/store.ts'
import { makeAuthorityBench } from '../support/authority-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { openssl } from '../support/openssl.ts'
import {
  type CertificateWish,
  caExtensions,
  DAY_MS,
  issue,
  makeCa,
  makeKey,
  makeRoot,
  NOW,
  SEAL_EXTENSIONS,
  TLS_EXTENSIONS,
  toPem,
} from '../support/test-pki.ts'

const root = makeRoot('Racine externe')
const between = makeCa(root, 'Emission externe')

async function makeBench(db: Db) {
  const bench = await makeAuthorityBench(db, NOW)
  const organisation = {
    ...{ id: 'council', name: 'Conseil', siren: '012345674' },
    kind: 'council',
  } as const
  await db
    .insertInto('organisation')
    .values({ ...organisation, created_at: 1 })
    .execute()
  const { authority, token, clock } = bench
  const now = () => clock.now
  const keys = { ...token, destroyKey: async () => {} }
  const wanted = { id: 'conseil', name: 'Cachet', organisation, keyAlgorithm: 'p-256' } as const
  await createSeal({ db, keys, authority, now }, wanted)
  const external = makeExternal({ db, keys, authority, now, signDigest: token.signDigest })
  const renewal = makeRenewal({
    db,
    keys,
    authority,
    now,
    findIdentityProof: async () => undefined,
  })
  return { ...bench, external, renewal }
}

const SEAL = { sealId: 'conseil' }
const anchors = [root.certificate]

/** What another authority makes of the newest request. */
async function answerTo(db: Db, wish: CertificateWish = {}) {
  const { public_key: publicKey } = await db
    .selectFrom('certificate_request')
    .innerJoin('signing_key', 'signing_key.id', 'certificate_request.key_id')
    .select('public_key')
    .orderBy('certificate_request.created_at', 'desc')
    .executeTakeFirstOrThrow()
  return issue(between, 'Cachet qualifié', { publicKey, ...wish })
}

function pemOf(...certificates: readonly Uint8Array[]): Buffer {
  return Buffer.from(certificates.map((der) => toPem(der)).join(''))
}

describeEachDatabase('a certificate of another authority', (open) => {
  test('is asked for by a request that OpenSSL verifies, on a new key, with the same name', async () => {
    const { db, external, token } = await makeBench((await open()).db)

    const csr = await external.request(SEAL, 'operator')

    const args = ['req', '-in', 'a.csr', '-verify', '-noout', '-subject', '-nameopt', 'utf8']
    const said = await openssl(args, { 'a.csr': toPem(csr, 'CERTIFICATE REQUEST') })
    expect(said).toMatch(/verify OK/)
    expect(said).toMatch(/CN ?= ?Cachet/)
    expect(token.labels.filter((label) => label === 'Sceau seal conseil')).toHaveLength(2)
    const entries = await db.selectFrom('journal_entry').select('action').orderBy('seq').execute()
    expect(entries.at(-1)?.action).toBe('certificate.requested')
  })

  test.each<{ what: string; pack: (all: Buffer) => Promise<Uint8Array> }>([
    { what: 'PEM', pack: async (all) => all },
    {
      what: 'PKCS #7 in PEM',
      pack: async (all) =>
        Buffer.from(
          await openssl(['crl2pkcs7', '-nocrl', '-certfile', 'all.pem'], { 'all.pem': all }),
        ),
    },
  ])('comes as $what and is used from then on', async ({ pack }) => {
    const { db, external } = await makeBench((await open()).db)
    const before = await findSeal(db, 'conseil')
    await external.request(SEAL, 'operator')
    const { certificate } = await answerTo(db)
    const file = await pack(pemOf(between.certificate, certificate))

    await external.importAnswer(SEAL, { file, anchors }, 'operator')

    const seal = await findSeal(db, 'conseil')
    const { serialNumber } = new X509Certificate(certificate)
    expect(BigInt(`0x${seal?.certificate.serial}`)).toBe(BigInt(`0x${serialNumber}`))
    expect(seal?.keyId).not.toBe(before?.keyId)
    expect(seal?.certificate).toMatchObject({
      state: 'active',
      subject: expect.stringMatching(/^CN=Cachet qualifié/),
    })
    const chain = seal?.tools.kit.chain.map((der) => Buffer.from(der).toString('hex'))
    expect(chain).toEqual([Buffer.from(between.certificate).toString('hex')])
    const old = await db
      .selectFrom('certificate')
      .select(['state', 'superseded_by'])
      .where('id', '=', before?.certificate.id ?? '')
      .execute()
    expect(old).toEqual([{ state: 'superseded', superseded_by: seal?.certificate.id }])
  })

  test('comes as DER alone when a root issued it', async () => {
    const { db, external } = await makeBench((await open()).db)
    await external.request(SEAL, 'operator')
    const { certificate } = await answerTo(db)

    const lacking = external.importAnswer(SEAL, { file: certificate, anchors }, 'operator')
    await expect(lacking).rejects.toThrow(/no-chain/)
    const given = { file: certificate, anchors: [between.certificate] }
    await external.importAnswer(SEAL, given, 'operator')
    expect((await findSeal(db, 'conseil'))?.tools.kit.chain).toEqual([])
  })

  test.each<{ what: string; wish: CertificateWish; says: RegExp }>([
    { what: 'is on another key', wish: { publicKey: undefinedKey() }, says: /on a key that was/ },
    { what: 'has ended', wish: { notAfter: NOW - DAY_MS }, says: /expired/ },
    { what: 'has not begun', wish: { notBefore: NOW + DAY_MS }, says: /not-yet-valid/ },
    { what: 'is for servers', wish: { extensions: TLS_EXTENSIONS }, says: /not for signing/ },
    { what: 'is a CA’s', wish: { extensions: caExtensions() }, says: /not for signing/ },
    {
      what: 'is for encryption',
      wish: { extensions: [keyUsage([2])] },
      says: /not for signing/,
    },
    {
      what: 'is for something else',
      wish: { extensions: [...SEAL_EXTENSIONS, extendedKeyUsage(['1.3.6.1.5.5.7.3.8'])] },
      says: /not for signing/,
    },
    { what: 'is signed with SHA-1', wish: { hash: 'sha1' }, says: /weak-algorithm/ },
  ])('that $what is refused, and the seal goes on as before', async ({ wish, says }) => {
    const { db, external } = await makeBench((await open()).db)
    const before = await findSeal(db, 'conseil')
    await external.request(SEAL, 'operator')
    const { certificate } = await answerTo(db, wish)

    const file = pemOf(certificate, between.certificate)
    const refused = external.importAnswer(SEAL, { file, anchors }, 'operator')

    await expect(refused).rejects.toMatchObject({ code: 'invalid-request', message: says })
    expect((await findSeal(db, 'conseil'))?.certificate.id).toBe(before?.certificate.id)
  })

  test('is refused where nothing was asked, and what is no certificate too', async () => {
    const { external } = await makeBench((await open()).db)
    const file = pemOf(issue(between, 'Cachet').certificate)

    const unasked = external.importAnswer(SEAL, { file, anchors }, 'operator')
    await expect(unasked).rejects.toThrow(/on a key that was/)
    for (const bytes of [Buffer.from('hello'), Buffer.alloc(0), Buffer.alloc(2 ** 20 + 1)]) {
      const refused = external.importAnswer(SEAL, { file: bytes, anchors }, 'operator')
      await expect(refused).rejects.toMatchObject({ code: 'invalid-request' })
    }
    const nobody = external.request({ sealId: 'nobody' }, 'operator')
    await expect(nobody).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a seal is renewed from the internal authority with a new key', async () => {
    const { db, renewal, clock } = await makeBench((await open()).db)
    const before = await findSeal(db, 'conseil')
    clock.now += 30 * DAY_MS

    const issued = await renewal.renew(before?.certificate.id ?? '', 'operator')

    const seal = await findSeal(db, 'conseil')
    expect(seal?.certificate.id).toBe(issued.id)
    expect(seal?.keyId).not.toBe(before?.keyId)
    expect(seal?.certificate.subject).toBe(before?.certificate.subject)
  })
})

function undefinedKey(): Uint8Array {
  const { publicKey } = new X509Certificate(issue(root, 'x', { key: makeKey() }).certificate)
  return publicKey.export({ type: 'spki', format: 'der' })
}
