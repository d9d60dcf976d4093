import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPdf } from '../../../src/pdf/document.ts'
import { drawSeal, type SealContent } from '../../../src/pdf/drawing/draw-seal.ts'
import type { DisplayRect } from '../../../src/pdf/place.ts'
import { planSignature, prepare } from '../../../src/pdf/plan.ts'
import { bytesSource } from '../../../src/pdf/source.ts'

const SIGNED_AT = Date.UTC(2026, 10, 24, 9, 42)

/** One page of 300 × 200 points, as displayed when not turned, with a gray square at its corner. */
export function blankPage(rotate = 0): Buffer {
  const content = '0.7 g 0 0 20 20 re f'
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Rotate ${rotate} /Contents 4 0 R >>`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ]
  let text = '%PDF-1.7\n'
  const rows = objects.map((object, i) => {
    const row = `${String(text.length).padStart(10, '0')} 00000 n \n`
    text += `${i + 1} 0 obj\n${object}\nendobj\n`
    return row
  })
  const xref = `xref\n0 5\n0000000000 65535 f \n${rows.join('')}trailer\n<< /Size 5 /Root 1 0 R >>\n`
  return Buffer.from(`${text}${xref}startxref\n${text.length}\n%%EOF\n`)
}

/** The page with a seal drawn on it; the signature itself is left empty. */
export async function sealedPage(
  page: Buffer,
  content: SealContent,
  rect: DisplayRect,
): Promise<Buffer> {
  const request = { signedAt: SIGNED_AT, rect }
  const prepared = prepare(openPdf(bytesSource(page)), request)
  const { width, height } = rect
  const drawn = await drawSeal(content, { width, height, pdfaPart: undefined })
  return Buffer.concat([page, planSignature(prepared, 8, drawn).appendix])
}

/** What a program says of a file; `FILE` among the arguments stands for it. */
export function judged(program: string, args: readonly string[], pdf: Buffer): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'seal-'))
  try {
    const file = join(folder, 'page.pdf')
    writeFileSync(file, pdf)
    return execFileSync(
      program,
      args.map((argument) => (argument === 'FILE' ? file : argument)),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A page as poppler shows it, one pixel a point, 0 black to 255 white, rows from the top. */
export function rendered(pdf: Buffer) {
  const pgm = judged('pdftoppm', ['-r', '72', '-gray', '-singlefile', 'FILE'], pdf)
  const [header = '', width = '', height = ''] =
    /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(pgm.subarray(0, 40).toString('latin1')) ?? []
  const pixels = pgm.subarray(header.length)
  return {
    width: Number(width),
    height: Number(height),
    /** Points from the bottom left. */
    at: (x: number, y: number) => pixels[(Number(height) - 1 - y) * Number(width) + x] ?? 0,
  }
}
