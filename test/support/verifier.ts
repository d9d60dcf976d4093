import { bytesSource } from '../../src/pdf/source.ts'
import type { VerificationReport } from '../../src/verify/report.ts'
import { makeVerify } from '../../src/verify/service.ts'
import type { CmsWish } from './test-cms.ts'
import { type Holder, issue, makeCa, makeCrl, makeRoot, NOW } from './test-pki.ts'

/** A root, an issuing CA, a seal, and the current lists of both CAs. */
export interface TestTrust {
  readonly root: Holder
  readonly ca: Holder
  readonly seal: Holder
  readonly crls: readonly Uint8Array[]
  /** What `signPdf` needs of it. */
  readonly signer: CmsWish
}

export function makeTrust(): TestTrust {
  const root = makeRoot('Racine des essais')
  const ca = makeCa(root, 'Autorité des essais')
  const seal = issue(ca, 'Cachet des essais')
  return {
    root,
    ca,
    seal,
    crls: [makeCrl(root), makeCrl(ca)],
    signer: { holder: seal, chain: [ca] },
  }
}

export interface VerifyOptions {
  readonly crls?: readonly Uint8Array[]
  readonly anchors?: readonly Holder[]
  readonly now?: number
}

/** Verify octets against the test's own root and lists. */
export function verifyPdf(
  pdf: Uint8Array,
  trust: TestTrust,
  options: VerifyOptions = {},
): Promise<VerificationReport> {
  const anchors = options.anchors ?? [trust.root]
  return makeVerify({
    anchors: async () => anchors.map(({ certificate }) => certificate),
    crls: async () => options.crls ?? trust.crls,
    now: () => options.now ?? NOW,
  })(bytesSource(pdf))
}
