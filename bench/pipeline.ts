import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { SignDigest } from '../hsm/algorithms.ts'
import { finishSignature, prepareSignature } from '../src/ades/pades.ts'
import { verifyRaw } from '../src/ades/verify-raw.ts'
import { makeCmsEncoder } from '../src/cms/encoder.ts'
import { bytesSource } from '../src/pdf/source.ts'
import { buildCertificate } from '../src/pki/certificate.ts'
import { encodeName } from '../src/pki/name.ts'

/** CPU of each part of the pipeline, in milliseconds a document, on one thread. */
export interface PipelineCost {
  readonly hashMs: number
  /** Everything but PKCS#11 and the check of the signature; the hash included. */
  readonly outsideMs: number
  readonly checkMs: number
}

const ALGORITHM = 'ecdsa-p256-sha256'

/** A seal's encoder on a software key: what the token does is not part of this measurement. */
async function makeSigner() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const subject = { country: 'FR', organisation: 'Mesures', commonName: 'Mesures' }
  const notBefore = Date.UTC(2026, 0, 1)
  const notAfter = Date.UTC(2029, 0, 1)
  const unsigned: SignDigest = async () => Buffer.alloc(70)
  const { der } = await buildCertificate(
    { profile: 'seal', subject, publicKey: spki, serial: Buffer.alloc(20, 7), notBefore, notAfter },
    { name: encodeName(subject), keyId: '00', algorithm: ALGORITHM, publicKey: spki, notAfter },
    unsigned,
  )
  const encoder = makeCmsEncoder({
    certificate: der,
    chain: [der],
    algorithm: ALGORITHM,
    signatureBytesMax: 72,
  })
  return { encoder, privateKey, publicKey }
}

export async function measurePipeline(document: Uint8Array, rounds: number): Promise<PipelineCost> {
  const { encoder, privateKey, publicKey } = await makeSigner()
  const prepare = () =>
    prepareSignature(bytesSource(document), encoder, { signedAt: Date.UTC(2026, 5, 1) })
  const prepared = await prepare()
  const signature = sign('sha256', prepared.signedAttributes, privateKey)
  const prepareMs = await cpuMs(rounds, prepare)
  const finishMs = await cpuMs(rounds, () => finishSignature(prepared, signature, publicKey))
  const checkMs = await cpuMs(rounds, () =>
    verifyRaw(ALGORITHM, publicKey, prepared.signedAttributes, signature),
  )
  const hashMs = await cpuMs(rounds, () => createHash('sha256').update(document).digest())
  return { hashMs, outsideMs: prepareMs + finishMs - checkMs, checkMs }
}

/** CPU of this process a round, user and system, the first quarter thrown away. */
async function cpuMs(rounds: number, work: () => unknown): Promise<number> {
  for (let i = 0; i < rounds / 4; i += 1) await work()
  const from = process.cpuUsage()
  for (let i = 0; i < rounds; i += 1) await work()
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1000 / rounds
}
