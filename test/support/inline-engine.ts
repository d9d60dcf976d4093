import type { SignDigest } from '../../hsm/algorithms.ts'
import { SectionLogs } from '../../src/batches/files/log.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { OpenFiles } from '../../src/engine/open-files.ts'
import type { DrawSeal } from '../../src/engine/seal-content.ts'
import { sealJob } from '../../src/engine/seal-job.ts'
import { makeSealTools } from '../../src/engine/seal-kit.ts'
import type { ReportFault, SignDigests } from '../../src/engine/sign-documents.ts'
import { Slabs } from '../../src/engine/slabs.ts'
import { drawBox } from './drawn-box.ts'

interface InlineEngine {
  readonly signDigest: SignDigest
  readonly drawSeal?: DrawSeal
  readonly reportFault?: ReportFault
  /** Where the logs of batches go; without it sections can only come back. */
  readonly logs?: { readonly dir: string; readonly node: string }
}

/** What an engine thread does, done in this thread with a token of the test. */
export function makeInlineEngine(options: InlineEngine): Pick<Engine, 'seal' | 'threads'> {
  const { signDigest, logs: place } = options
  const { drawSeal = async (_content, box) => drawBox(box), reportFault = async () => {} } = options
  const logs = place && new SectionLogs({ ...place, worker: 1 })
  const signDigests: SignDigests = ({ digests, ...key }) =>
    Promise.all(digests.map((digest) => signDigest({ ...key, digest })))
  const deps = {
    signerFor: () => ({ signDigests, reportFault }),
    drawSeal,
    files: new OpenFiles(),
    slabs: new Slabs(),
    appendToLog: (batchId: string, sections: readonly Uint8Array[], epoch?: number) => {
      if (logs === undefined) throw new TypeError('this engine writes no logs')
      return logs.append(
        batchId,
        sections.map((section) => [section]),
        epoch,
      )
    },
  }
  return { threads: 2, seal: (kit, job) => sealJob(deps, makeSealTools(kit), job) }
}
