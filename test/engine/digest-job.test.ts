import { createHash, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { verifyDigest } from '../../src/ades/verify-digest.ts'
import { signDigestJob } from '../../src/engine/digest-job.ts'
import type { Signer } from '../../src/engine/sign-documents.ts'
import { makeSealAccess } from '../../src/sealing/seal-access.ts'
import { makeSealingBench } from '../support/sealing-bench.ts'

const DIGESTS = ['un', 'deux', 'trois'].map((text) => createHash('sha256').update(text).digest())

/** A signer whose first `wrong` answers are for another digest; and the tools of a seal. */
async function makeSigner(wrong = 0) {
  const { token, db, clock } = await makeSealingBench()
  const { tools } = await makeSealAccess({ db, now: () => clock.now }).get('conseil')
  const reported: Uint8Array[] = []
  let answers = 0
  const signer: Signer = {
    signDigests: ({ digests, ...key }) =>
      Promise.all(
        digests.map((digest) => {
          answers += 1
          return token.signDigest({
            ...key,
            digest: answers <= wrong ? new Uint8Array(32) : digest,
          })
        }),
      ),
    reportFault: async ({ signature }) => void reported.push(signature),
  }
  return { signer, tools, reported }
}

function signaturesOf(json: Uint8Array): Buffer[] {
  const texts: string[] = JSON.parse(`[${Buffer.from(json).toString()}]`)
  return texts.map((text) => Buffer.from(text, 'base64'))
}

test('what is given out is text of JSON, and told with digest and length', async () => {
  const { signer, tools } = await makeSigner()
  const { publicKey } = new X509Certificate(tools.kit.certificate)

  const { json, signatures } = await signDigestJob(signer, tools, {
    format: 'raw',
    digests: DIGESTS,
  })

  for (const [i, signature] of signaturesOf(json).entries()) {
    const digest = DIGESTS[i] ?? Buffer.alloc(0)
    expect(verifyDigest('ecdsa-p256-sha256', publicKey, digest, signature)).toBe(true)
    expect(signatures[i]).toEqual({
      signedDigest: digest.toString('hex'),
      sha256: createHash('sha256').update(signature).digest('hex'),
      bytes: signature.length,
    })
  }
})

describe.each(['raw', 'cms'] as const)('a wrong answer of the HSM to %s', (format) => {
  test('is reported and asked again', async () => {
    const { signer, tools, reported } = await makeSigner(1)

    const { signatures } = await signDigestJob(signer, tools, { format, digests: DIGESTS })

    expect(signatures).toHaveLength(3)
    expect(reported).toHaveLength(1)
  })

  test('that comes twice is never given out', async () => {
    const { signer, tools, reported } = await makeSigner(4)

    const signed = signDigestJob(signer, tools, { format, digests: DIGESTS })

    await expect(signed).rejects.toMatchObject({ code: 'hsm-unavailable' })
    expect(reported).toHaveLength(4)
  })
})
