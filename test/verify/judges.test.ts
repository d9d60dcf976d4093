import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openPdf } from '../../src/pdf/document.ts'
import { listPages } from '../../src/pdf/pages.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { asKind } from '../../src/pdf/values.ts'
import { appendUpdate, makePdf, signPdf, stream } from '../support/test-pdf.ts'
import { makeKey } from '../support/test-pki.ts'
import { makeTrust, verifyPdf } from '../support/verifier.ts'

const trust = makeTrust()
const { signer, seal } = trust
const dir = mkdtempSync(join(tmpdir(), 'sceau-verify-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** What poppler says of every signature. */
function pdfsig(pdf: Uint8Array): boolean[] {
  const file = join(dir, 'judged.pdf')
  writeFileSync(file, pdf)
  const { stdout } = spawnSync('pdfsig', ['-nocert', file], { encoding: 'utf8' })
  return [...stdout.matchAll(/Signature Validation: (.*)/g)].map(
    ([, verdict]) => verdict === 'Signature is Valid.',
  )
}

const signed = signPdf(makePdf(), signer)
const changed = Buffer.from(signed)
changed.write('9', changed.indexOf('100 euros'))

describe('poppler says the same of', () => {
  test.each([
    ['a signature', signed],
    ['five signatures', [1, 2, 3, 4].reduce((pdf) => signPdf(pdf, signer), signed)],
    ['a changed document', changed],
    [
      'a signature by another key',
      signPdf(makePdf(), { ...signer, holder: { ...seal, key: makeKey() } }),
    ],
  ])('%s', async (_, pdf) => {
    const { signatures } = await verifyPdf(pdf, trust)

    expect(pdfsig(pdf)).toEqual(signatures.map(({ indication }) => indication === 'TOTAL_PASSED'))
  })
})

describe('a document that qpdf encrypted', () => {
  const METHODS = {
    'AES-256': ['256'],
    'AES-128': ['128', '--use-aes=y'],
    'RC4-128': ['128', '--use-aes=n'],
  }
  test.each(Object.entries(METHODS))('with %s is judged as any other', async (_, method) => {
    const [plain, locked] = [join(dir, 'plain.pdf'), join(dir, 'locked.pdf')]
    writeFileSync(plain, makePdf())
    const encrypt = ['--allow-weak-crypto', '--encrypt', '', 'maire', ...method, '--']
    const { status } = spawnSync('qpdf', [...encrypt, plain, locked])
    expect(status).toBe(0)
    const once = signPdf(readFileSync(locked), { ...signer, request: { reason: 'Vu' } })
    const report = await verifyPdf(signPdf(once, signer), trust)

    expect(report.encrypted).toBe(true)
    expect(report.signatures).toMatchObject([
      { indication: 'TOTAL_PASSED', changesAfter: [{ kind: 'signatures' }], level: 'B-B' },
      { indication: 'TOTAL_PASSED', changesAfter: [], signingTime: { source: 'claimed' } },
    ])
    expect((await verifyPdf(appendUpdate(once, {}), trust)).signatures).toMatchObject([
      { indication: 'TOTAL_FAILED', changesAfter: [{ kind: 'other' }] },
    ])
    const content = { [contentOf(once)]: stream('BT (Rien) Tj ET') }
    const replaced = appendUpdate(once, content, trailerOf(once))
    expect((await verifyPdf(replaced, trust)).signatures).toMatchObject([
      { indication: 'TOTAL_FAILED', subIndication: 'FORMAT_FAILURE' },
    ])
  })
})

/** Number of the first page's content. */
function contentOf(pdf: Uint8Array): number {
  const [page] = listPages(openPdf(bytesSource(pdf)))
  return asKind(page?.dict.entries.get('Contents'), 'ref')?.number ?? 0
}

/** An encrypted document stays one only with its own entries. */
function trailerOf(pdf: Uint8Array): { more: string } {
  const text = Buffer.from(pdf).toString('latin1')
  const encrypt = /\/Encrypt \d+ 0 R/.exec(text)?.[0] ?? ''
  const id = /\/ID ?\[\s*<[0-9a-f]+>\s*<[0-9a-f]+>\s*\]/.exec(text)?.[0] ?? ''
  return { more: `${encrypt} ${id}` }
}
