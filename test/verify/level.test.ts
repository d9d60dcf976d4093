import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeTlv } from '../../src/cms/der.ts'
import { OID } from '../../src/cms/oids.ts'
import { extendedKeyUsage, keyUsage } from '../../src/pki/extensions.ts'
import { attribute, makeTimestamp, makeTimestampOf } from '../support/test-cms.ts'
import {
  AS_TIMESTAMP,
  appendUpdate,
  makePdf,
  nextNumber,
  type SignWish,
  signPdf,
} from '../support/test-pdf.ts'
import { DAY_MS, type Holder, issue, makeRoot, NOW, TSA_EXTENSIONS } from '../support/test-pki.ts'
import { makeTrust, verifyPdf } from '../support/verifier.ts'

const trust = makeTrust()
const { ca, signer, crls } = trust
const tsa = issue(ca, 'Horodatage', { extensions: TSA_EXTENSIONS })
const STAMPED_AT = NOW - 3_600_000

/** A `signature-time-stamp` of whatever the signature becomes. */
function stampedBy(holder: Holder, of?: Uint8Array): Partial<SignWish> {
  return {
    unsigned: (signature) => [
      attribute(
        OID.signatureTimeStamp,
        makeTimestamp(holder, of ?? signature, { at: STAMPED_AT, chain: [ca] }),
      ),
    ],
  }
}

/** A document timestamp by the product's planner. */
function stampDocument(pdf: Uint8Array, holder = tsa): Uint8Array {
  const cms = (digest: Uint8Array) =>
    makeTimestampOf(holder, digest, { at: STAMPED_AT, chain: [ca] })
  return signPdf(pdf, { ...signer, cms, replace: AS_TIMESTAMP })
}

/** Add certificates and lists to the document (ETSI EN 319 142-1 §5.4.2). */
function addStore(pdf: Uint8Array, lists: readonly Uint8Array[] = crls): Uint8Array {
  const first = nextNumber(pdf)
  const streams = [ca.certificate, ...lists].map(hexStream)
  const refs = streams.map((_, i) => `${first + 1 + i} 0 R`)
  const catalog = lastCatalog(pdf).replace('<<', `<< /DSS ${first} 0 R `)
  return appendUpdate(pdf, {
    1: catalog,
    [first]: `<< /Type /DSS /Certs [${refs[0]}] /CRLs [${refs.slice(1).join(' ')}] >>`,
    ...Object.fromEntries(streams.map((body, i) => [first + 1 + i, body])),
  })
}

function hexStream(der: Uint8Array): string {
  const hex = `${Buffer.from(der).toString('hex')}>`
  return `<< /Filter /ASCIIHexDecode /Length ${hex.length} >>\nstream\n${hex}\nendstream`
}

function lastCatalog(pdf: Uint8Array): string {
  const text = Buffer.from(pdf).toString('latin1')
  const at = text.lastIndexOf('\n1 0 obj\n') + '\n1 0 obj\n'.length
  return text.slice(at, text.indexOf('\nendobj', at))
}

const stamped = signPdf(makePdf(), { ...signer, ...stampedBy(tsa) })
const iso = (ms: number) => new Date(ms).toISOString()

async function first(pdf: Uint8Array, options = {}) {
  const { signatures } = await verifyPdf(pdf, trust, options)
  return signatures.find(({ fieldName }) => fieldName === 'Signature1')
}

test('a timestamp of the signature makes it B-T, and its time the one that counts', async () => {
  expect(await first(stamped)).toMatchObject({
    indication: 'TOTAL_PASSED',
    level: 'B-T',
    signingTime: { at: iso(STAMPED_AT), source: 'timestamp' },
    timestamp: { at: iso(STAMPED_AT), trusted: true, reasons: [] },
  })
})

describe('a timestamp is not trusted', () => {
  const root = makeRoot('Racine inconnue')
  const CASES: Record<string, { wish: Partial<SignWish>; level: string; options?: object }> = {
    'that is of something else': {
      wish: stampedBy(tsa, Buffer.from('autre chose')),
      level: 'B-B',
    },
    'by nobody we know': {
      wish: stampedBy(issue(root, 'Horodatage', { extensions: TSA_EXTENSIONS })),
      level: 'B-T',
    },
    'by a certificate for another use': {
      wish: stampedBy(issue(ca, 'Cachet')),
      level: 'B-T',
    },
    'by a certificate for other uses too': {
      wish: stampedBy(
        issue(ca, 'Horodatage', {
          extensions: [keyUsage([0]), extendedKeyUsage(['1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.4'])],
        }),
      ),
      level: 'B-T',
    },
    'by a certificate that has expired': {
      wish: stampedBy(
        issue(ca, 'Horodatage', { extensions: TSA_EXTENSIONS, notAfter: NOW - DAY_MS }),
      ),
      level: 'B-T',
    },
    'that is no timestamp': {
      wish: { unsigned: () => [attribute(OID.signatureTimeStamp, encodeTlv(0x30))] },
      level: 'B-B',
    },
  }
  test.each(Object.entries(CASES))('%s', async (_, { wish, level }) => {
    const verdict = await first(signPdf(makePdf(), { ...signer, ...wish }))

    expect(verdict).toMatchObject({
      indication: 'TOTAL_PASSED',
      level,
      signingTime: { at: iso(NOW), source: 'claimed' },
    })
    expect(verdict?.timestamp?.trusted ?? false).toBe(false)
  })
})

test('without revocation lists the time of a timestamp is only a claim', async () => {
  expect(await first(stamped, { crls: [] })).toMatchObject({
    signingTime: { source: 'claimed' },
    timestamp: { trusted: false },
  })
})

test('validation data make it B-LT, and are enough to judge it', async () => {
  expect(await first(addStore(stamped), { crls: [] })).toMatchObject({
    indication: 'TOTAL_PASSED',
    level: 'B-LT',
    changesAfter: [{ kind: 'dss', allowed: true }],
  })
})

test('validation data that lack a list leave it B-T', async () => {
  expect(await first(addStore(stamped, crls.slice(0, 1)))).toMatchObject({ level: 'B-T' })
})

test('validation data without a timestamp leave it B-B', async () => {
  expect(await first(addStore(signPdf(makePdf(), signer)))).toMatchObject({ level: 'B-B' })
})

test('a document timestamp over the validation data makes it B-LTA', async () => {
  const archived = stampDocument(addStore(stamped))
  const { signatures } = await verifyPdf(archived, trust)

  expect(signatures).toMatchObject([
    { fieldName: 'Signature1', indication: 'TOTAL_PASSED', level: 'B-LTA', levelReasons: [] },
    {
      kind: 'timestamp',
      indication: 'TOTAL_PASSED',
      level: null,
      signer: { subject: 'CN=Horodatage, O=Essais, C=FR' },
      signingTime: { at: iso(STAMPED_AT), source: 'timestamp' },
      coverage: 'whole-document',
    },
  ])
})

test('a document timestamp before the validation data leaves it B-LT', async () => {
  expect(await first(addStore(stampDocument(signPdf(makePdf(), signer))))).toMatchObject({
    level: 'B-LT',
  })
})

test('a document timestamp from before the signature lifts nothing', async () => {
  const { signatures } = await verifyPdf(signPdf(stampDocument(makePdf()), signer), trust)

  expect(signatures).toMatchObject([{ kind: 'timestamp' }, { kind: 'approval', level: 'B-B' }])
})

test('a document timestamp of another digest fails, and lifts nothing', async () => {
  const wrong = (digest: Uint8Array) =>
    makeTimestampOf(tsa, createHash('sha256').update(digest).digest(), {
      at: STAMPED_AT,
      chain: [ca],
    })
  const pdf = signPdf(addStore(stamped), { ...signer, cms: wrong, replace: AS_TIMESTAMP })
  const { signatures } = await verifyPdf(pdf, trust)

  expect(signatures).toMatchObject([
    { level: 'B-LT' },
    { kind: 'timestamp', indication: 'TOTAL_FAILED', subIndication: 'HASH_FAILURE' },
  ])
})

test('a document timestamp by nobody we know is undecided', async () => {
  const stranger = issue(makeRoot('Racine inconnue'), 'Autre', { extensions: TSA_EXTENSIONS })
  const { signatures } = await verifyPdf(stampDocument(stamped, stranger), trust)

  expect(signatures[1]).toMatchObject({
    kind: 'timestamp',
    indication: 'INDETERMINATE',
    subIndication: 'NO_CERTIFICATE_CHAIN_FOUND',
    signingTime: { source: 'claimed' },
  })
})
