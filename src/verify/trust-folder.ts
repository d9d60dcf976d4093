import { X509Certificate } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../errors.ts'

/** Further anchors and revocation lists, DER. */
export interface Trust {
  readonly anchors: readonly Uint8Array[]
  readonly crls: readonly Uint8Array[]
}

const FILE_BYTES_MAX = 32 * 1024 * 1024
const PEM_BLOCK = /-----BEGIN (CERTIFICATE|X509 CRL)-----([A-Za-z0-9+/=\s]+)-----END \1-----/g

/**
 * A folder whose `*.pem`, `*.crt`, `*.cer` are trust anchors and whose `*.crl` are revocation
 * lists, each DER or PEM. It is read again when a file has come, gone or changed.
 *
 * @returns Reads the folder. @throws AppError `invalid-request` naming the file that cannot be read.
 */
export function readTrustFolder(dir: string | undefined): () => Promise<Trust> {
  if (dir === undefined) return async () => ({ anchors: [], crls: [] })
  let known: { readonly state: string; readonly trust: Trust } | undefined
  return async () => {
    const files = await listFiles(dir)
    const state = JSON.stringify(files)
    if (known?.state === state) return known.trust
    const anchors = await readAll(files.filter(({ path }) => /\.(pem|crt|cer)$/i.test(path)))
    for (const { path, der } of anchors) requireCertificate(path, der)
    const crls = await readAll(files.filter(({ path }) => /\.crl$/i.test(path)))
    const trust = { anchors: anchors.map(({ der }) => der), crls: crls.map(({ der }) => der) }
    known = { state, trust }
    return trust
  }
}

async function listFiles(dir: string) {
  const names = (await readdir(dir)).filter((name) => !name.startsWith('.')).sort()
  return Promise.all(
    names.map(async (name) => {
      const path = join(dir, name)
      const { size, mtimeMs } = await stat(path)
      return { path, size, mtimeMs }
    }),
  )
}

async function readAll(files: readonly { path: string; size: number }[]) {
  const read = files.map(async ({ path, size }) => {
    if (size > FILE_BYTES_MAX) throw unusable(path, `is larger than ${FILE_BYTES_MAX} bytes`)
    return derBlocks(await readFile(path)).map((der) => ({ path, der }))
  })
  return (await Promise.all(read)).flat()
}

/** A file is DER as a whole, or PEM with any number of blocks (RFC 7468 §2). */
function derBlocks(bytes: Buffer): Uint8Array[] {
  if (bytes[0] === 0x30) return [bytes]
  const text = bytes.toString('latin1')
  return [...text.matchAll(PEM_BLOCK)].map(([, , base64 = '']) => Buffer.from(base64, 'base64'))
}

function requireCertificate(path: string, der: Uint8Array): void {
  try {
    new X509Certificate(der)
  } catch (cause) {
    throw unusable(path, 'is no certificate', cause)
  }
}

function unusable(path: string, why: string, cause?: unknown): AppError {
  return new AppError('invalid-request', `SCEAU_TRUST_DIR: ${path} ${why}.`, { cause })
}
