import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Outcome {
  /** `null` when the judge itself crashed. */
  readonly status: number | null
  readonly text: string
}

function judge(command: string, options: readonly string[], pdf: Uint8Array): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'sceau-judge-'))
  try {
    writeFileSync(join(folder, 'file.pdf'), pdf)
    const { status, stdout, stderr } = spawnSync(command, [...options, 'file.pdf'], {
      cwd: folder,
      encoding: 'latin1',
      maxBuffer: 64 * 1024 * 1024,
    })
    return { status, text: stdout + stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What `qpdf --check` says: status 0 when all is well, 3 with warnings, 2 with errors. */
export function checkWithQpdf(pdf: Uint8Array): Outcome {
  return judge('qpdf', ['--check'], pdf)
}

/** How ill a file is in the eyes of qpdf: 0 not at all, 1 with warnings, 2 with errors. */
export function illness(pdf: Uint8Array): number {
  const { status } = checkWithQpdf(pdf)
  return status === 0 ? 0 : status === 3 ? 1 : 2
}

/** How poppler judges the signatures of a file, oldest field first. */
export function judgeSignatures(pdf: Uint8Array): {
  readonly all: number
  readonly valid: number
  /** Whether the newest covers the whole file. */
  readonly coversAll: boolean
  readonly text: string
} {
  const { text } = judge('pdfsig', ['-nocert'], pdf)
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0
  return {
    all: count(/^Signature #/gm),
    valid: count(/Signature is Valid/g),
    coversAll: count(/Total document signed/g) === 1,
    text,
  }
}

/** A picture of grey values, rows from the top. */
export interface Picture {
  readonly width: number
  readonly height: number
  at(x: number, y: number): number
}

/** The first page as poppler shows it, one pixel a point. */
export function render(pdf: Uint8Array): Picture {
  const { text } = judge(
    'pdftoppm',
    ['-r', '72', '-gray', '-f', '1', '-singlefile', '-cropbox'],
    pdf,
  )
  const header = /^P5\s(\d+)\s(\d+)\s255\s/.exec(text)
  if (header === null) throw new Error(`no picture: ${text.slice(0, 200)}`)
  const [width, height] = [Number(header[1]), Number(header[2])]
  const start = header[0].length
  return { width, height, at: (x, y) => text.charCodeAt(start + y * width + x) }
}
