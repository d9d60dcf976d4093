// Seals one file in a process of its own, so that a crash, a hang or a bomb is only its own:
// `corpus-seal.js FILE OUT invisible|visible` writes OUT and OUT.pem and tells its parent what came.
import { readFileSync, writeFileSync } from 'node:fs'
import { finishSignature, prepareSignature } from '../src/ades/pades.ts'
import { AppError } from '../src/errors.ts'
import { openPdf } from '../src/pdf/document.ts'
import { bytesSource } from '../src/pdf/source.ts'
import { drawBox } from '../test/support/drawn-box.ts'
import { makeSoftwareSigner } from '../test/support/software-signer.ts'

/** What one attempt came to. Times in ms of this process, growth of its memory in octets. */
export interface SealReport {
  /** `sealed`, or the slug of the refusal, or `crashed`. */
  readonly outcome: string
  readonly detail: string
  readonly ms: number
  readonly growthBytes: number
}

const RECT = { x: 20, y: 20, width: 120, height: 40 }

async function seal(file: string, out: string, isVisible: boolean): Promise<SealReport> {
  const original = readFileSync(file)
  const signer = await makeSoftwareSigner()
  const before = process.memoryUsage.rss()
  const start = performance.now()
  const report = (outcome: string, detail = ''): SealReport => ({
    outcome,
    detail,
    ms: performance.now() - start,
    growthBytes: process.resourceUsage().maxRSS * 1024 - before,
  })
  try {
    const prepared = await prepareSignature(
      bytesSource(original),
      signer.encoder,
      { signedAt: Date.now(), reason: 'Essai', ...(isVisible && { page: 1, rect: RECT }) },
      async (box) => drawBox(box),
    )
    const signature = await signer.signDigest(prepared.digest)
    const { appendix } = finishSignature(prepared, signature, signer.publicKey)
    const sealed = report('sealed', prepared.plan.repaired ? 'repaired' : '')
    const whole = Buffer.concat([original, appendix])
    openPdf(bytesSource(whole))
    writeFileSync(out, whole)
    writeFileSync(`${out}.pem`, signer.root)
    return sealed
  } catch (error) {
    if (error instanceof AppError) return report(error.code, error.message)
    return report('crashed', error instanceof Error ? (error.stack ?? error.message) : 'unknown')
  }
}

const [file = '', out = '', kind] = process.argv.slice(2)
process.send?.(await seal(file, out, kind === 'visible'))
process.disconnect?.()
