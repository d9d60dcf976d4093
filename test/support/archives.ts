import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { onTestFinished } from 'vitest'
import type { ArchiveEntry, ArchiveLimits } from '../../src/archives/archive-entry.ts'
import type { OutgoingFile } from '../../src/archives/outgoing-file.ts'
import { safeName } from '../../src/archives/safe-name.ts'

export const LIMITS: ArchiveLimits = {
  documentBytesMax: 10_000_000,
  totalBytesMax: 100_000_000,
  entriesMax: 1000,
  hasUniqueNames: true,
}

/** An entry whose octets were all taken. */
export type TakenEntry = { name: string; content: string } | { name: string; problem: string }

/** Take every entry whole. @throws What the archive throws; `taken` then has what came before. */
export async function takeAll(
  entries: AsyncIterable<ArchiveEntry>,
  taken: TakenEntry[] = [],
): Promise<TakenEntry[]> {
  for await (const entry of entries) {
    const { name } = entry
    if ('problem' in entry) taken.push({ name, problem: entry.problem.code })
    else taken.push({ name, content: (await joinChunks(entry.chunks)).toString('latin1') })
  }
  return taken
}

export async function joinChunks(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

/** Bytes as a stream in pieces of so many. */
export async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

/** Files for an archive, of names and contents. */
export async function* outgoing(
  files: readonly { name: string; content: Uint8Array; pieceBytes?: number }[],
): AsyncGenerator<OutgoingFile> {
  for (const { name, content, pieceBytes = 1000 } of files) {
    const chunks = inPieces(content, pieceBytes)
    yield { name, bytes: content.length, modifiedAt: Date.UTC(2026, 1, 3, 4, 5, 6), chunks }
  }
}

/** A folder that is gone after the test. */
export function scratchFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sceau-archives-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return dir
}

/** Run a shell line in a folder. @returns What it printed. */
export function shell(dir: string, line: string): Buffer {
  return execFileSync('bash', ['-euc', line], {
    cwd: dir,
    maxBuffer: 1 << 30,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
}

/** Any name that is safe. */
export const safeNames: fc.Arbitrary<string> = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('/', 'a', 'é', '.'),
      fc.string({ unit: 'grapheme', maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 300,
  })
  .map((given) => {
    const checked = safeName(given)
    return 'name' in checked ? checked.name : ''
  })
  .filter((name) => name !== '')
