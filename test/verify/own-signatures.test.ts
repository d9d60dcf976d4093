import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { finishSignature, prepareSignature } from '../../src/ades/pades.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { makeVerify } from '../../src/verify/service.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'
import { makePdf } from '../support/test-pdf.ts'

test.each([
  { algorithm: 'ecdsa-p256-sha256', key: 'p-256', digest: 'sha256' },
  { algorithm: 'ecdsa-p384-sha384', key: 'p-384', digest: 'sha384' },
  { algorithm: 'rsa-pkcs1-sha512', key: 'rsa-2048', digest: 'sha512' },
  { algorithm: 'rsa-pss-sha256', key: 'rsa-2048', digest: 'sha256' },
] as const)('what we sign with $algorithm wants nothing but revocation lists', async (row) => {
  const signer = await makeSoftwareSigner(row.algorithm, row.key)
  const pdf = makePdf()
  const asked = { signedAt: Date.now() }
  const prepared = await prepareSignature(bytesSource(pdf), signer.encoder, asked)
  const signature = await signer.signDigest(prepared.digest)
  const { appendix } = finishSignature(prepared, signature, signer.publicKey)
  const verify = makeVerify({
    anchors: async () => [new X509Certificate(signer.root).raw],
    crls: async () => [],
    now: Date.now,
  })
  const { signatures } = await verify(bytesSource(Buffer.concat([pdf, appendix])))

  expect(signatures).toMatchObject([
    {
      indication: 'INDETERMINATE',
      subIndication: 'TRY_LATER',
      level: 'B-B',
      digestAlgorithm: row.digest,
      coverage: 'whole-document',
      signer: { organisationIdentifier: 'NTRFR-123456789' },
      chain: [{ revocation: 'unknown' }, { revocation: 'unknown' }, { revocation: 'anchor' }],
    },
  ])
})
