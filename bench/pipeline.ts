import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SignDigest } from '../hsm/algorithms.ts'
import { finishSignature, prepareAtOnce, prepareSignature } from '../src/ades/pades.ts'
import { verifyRaw } from '../src/ades/verify-raw.ts'
import { makeCmsEncoder } from '../src/cms/encoder.ts'
import { bytesSource, fileSource, type PdfSource } from '../src/pdf/source.ts'
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
const ASKED = { signedAt: Date.UTC(2026, 5, 1) }
/** As many as a worker prepares before it finishes them. */
const SLICE_DOCUMENTS = 32

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

/** @param documents - How many to measure, after a quarter as many to warm. */
export async function measurePipeline(
  document: Uint8Array,
  documents: number,
): Promise<PipelineCost> {
  const { encoder, privateKey, publicKey } = await makeSigner()
  const prepare = () => prepareAtOnce(bytesSource(document), encoder, ASKED)
  const { signedAttributes } = prepare()
  const signature = sign('sha256', signedAttributes, privateKey)
  const slice = Math.min(SLICE_DOCUMENTS, documents)
  const sealMs =
    (await cpuMs(documents / slice, () => {
      const prepared = Array.from({ length: slice }, prepare)
      for (const one of prepared) finishSignature(one, signature, publicKey)
    })) / slice
  const checkMs = await cpuMs(documents, () =>
    verifyRaw(ALGORITHM, publicKey, signedAttributes, signature),
  )
  const hashMs = await cpuMs(documents, () => createHash('sha256').update(document).digest())
  return { hashMs, outsideMs: sealMs - checkMs, checkMs }
}

/** A large document in a file, and SHA-256 over the file read in the same way: milliseconds of CPU. */
export interface LargeCost {
  readonly hashMs: number
  /** Everything but PKCS#11; the hash included. */
  readonly sealMs: number
}

const TURNS = 4

/** @returns What measures both in turn, some times over. */
export async function openLarge(dir: string, document: Uint8Array) {
  const { encoder, privateKey, publicKey } = await makeSigner()
  const path = join(dir, `large-${document.length}.pdf`)
  writeFileSync(path, document)
  const fd = openSync(path, 'r')
  const open = () => fileSource(fd, document.length)
  const { signedAttributes } = await prepareSignature(open(), encoder, ASKED)
  const signature = sign('sha256', signedAttributes, privateKey)
  const seal = async () => {
    finishSignature(await prepareSignature(open(), encoder, ASKED), signature, publicKey)
  }
  return {
    async measure(): Promise<LargeCost> {
      let [hashMs, sealMs] = [0, 0]
      for (let turn = 0; turn < TURNS; turn += 1) {
        hashMs += (await cpuMs(1, () => digest(open()))) / TURNS
        sealMs += (await cpuMs(1, seal)) / TURNS
      }
      return { hashMs, sealMs }
    },
    async close() {
      closeSync(fd)
      rmSync(path)
    },
  }
}

function digest(source: PdfSource): Uint8Array {
  const hash = createHash('sha256')
  for (const piece of source.pieces()) hash.update(piece)
  return hash.digest()
}

/** CPU of this process a round, user and system, after a quarter as many rounds to warm. */
async function cpuMs(rounds: number, work: () => unknown): Promise<number> {
  for (let i = 0; i < rounds / 4; i += 1) await work()
  const from = process.cpuUsage()
  for (let i = 0; i < rounds; i += 1) await work()
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1000 / rounds
}
