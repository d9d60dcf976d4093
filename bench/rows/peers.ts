import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Installation, installPeer } from '../peer-install.ts'
import { layPeerMaterials } from '../peer-materials.ts'
import { type PeerProcess, startPeer } from '../peer-process.ts'
import { type Bench, type BenchRow, LeftOut } from '../row.ts'

const run = promisify(execFile)

interface Peer extends Installation {
  readonly name: string
  readonly title: string
  readonly note: string
  readonly start: readonly [string, ...string[]]
  /** What it signs with, and how many times faster our engine is to be. */
  readonly cases: readonly {
    readonly algorithm: (typeof ALGORITHMS)[number]
    readonly oursTimes?: number
  }[]
}

const ALGORITHMS = ['rsa-2048', 'p-256'] as const
const MAVEN = [
  ['mvn', '-q', '-B', 'compile', 'dependency:copy-dependencies', '-DoutputDirectory=jars'],
] as const
const NPM = [
  ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'],
] as const
const CLASSES = 'target/classes:jars/*'

/** Versions are those of the files in `bench/peers/`. */
const PEERS: readonly Peer[] = [
  {
    name: 'pdfbox',
    title: 'PDFBox + BouncyCastle',
    note: 'PDFBox 3.0.8, BouncyCastle 1.87, SunPKCS11, two threads, PAdES B-B',
    folders: ['pdfbox', 'java'],
    commands: MAVEN,
    start: ['java', '-cp', CLASSES, 'PdfBoxPeer'],
    cases: [
      { algorithm: 'rsa-2048', oursTimes: 2.3 },
      { algorithm: 'p-256', oursTimes: 5 },
    ],
  },
  {
    name: 'libpdf',
    title: '@libpdf/core',
    note: '@libpdf/core 0.4.2, signer of the bench on pkcs11js, two workers, PAdES B-B but for a signing-time attribute',
    folders: ['libpdf', 'node'],
    commands: NPM,
    start: [process.execPath, 'peer.mjs'],
    cases: [{ algorithm: 'rsa-2048' }, { algorithm: 'p-256' }],
  },
  {
    name: 'dss',
    title: 'EU DSS',
    note: 'EU DSS 6.4, SunPKCS11, two threads, PAdES B-B; it verifies the chain of the signer for each signature',
    folders: ['dss', 'java'],
    commands: MAVEN,
    start: ['java', '-cp', CLASSES, 'DssPeer'],
    cases: [
      { algorithm: 'rsa-2048', oursTimes: 8 },
      { algorithm: 'p-256', oursTimes: 22 },
    ],
  },
  {
    name: 'pyhanko',
    title: 'pyHanko',
    note: 'pyHanko 0.38.0, python-pkcs11 0.9.5, two processes, PAdES B-B',
    folders: ['pyhanko'],
    commands: [
      ['python3', '-m', 'venv', 'venv'],
      ['venv/bin/pip', 'install', '-q', '-r', 'requirements.txt'],
    ],
    start: ['venv/bin/python', 'peer.py'],
    cases: [
      { algorithm: 'rsa-2048', oursTimes: 25 },
      { algorithm: 'p-256', oursTimes: 80 },
    ],
  },
  {
    name: 'signpdf',
    title: '@signpdf, software key',
    note: '@signpdf 3.3.0, two workers; a P12 in place of the token (it has no PKCS#11, RSA only), CMS without signing-certificate-v2: not PAdES B-B',
    folders: ['signpdf', 'node'],
    commands: NPM,
    start: [process.execPath, 'peer.mjs'],
    cases: [{ algorithm: 'rsa-2048' }],
  },
]

/** Others who sign the same document, with the same token and keys where they can. */
export const PEER_ROWS: readonly BenchRow[] = PEERS.map((peer) => ({
  name: peer.name,
  title: peer.title,
  kind: 'peer',
  warmSeconds: 20,
  cases: peer.cases.map(({ algorithm, oursTimes }) => ({
    name: algorithm,
    algorithm,
    ...(oursTimes !== undefined && { targets: [{ of: 'oursTimes', atLeast: oursTimes }] }),
  })),
  async open(bench) {
    const dir = await installPeer(peer)
    const running = startPeer(peer.start, { dir, env: await materials(bench) })
    try {
      for (const { algorithm } of peer.cases) await judge(running, bench, algorithm)
    } catch (error) {
      await running.close()
      throw new LeftOut(error instanceof Error ? error.message : String(error))
    }
    return {
      note: peer.note,
      measure: async ({ case: { name }, seconds }) => ({
        perSecond: await running.run(name, seconds),
      }),
      close: () => running.close(),
    }
  },
}))

const laid = new WeakMap<Bench, Promise<Record<string, string>>>()

function materials(bench: Bench): Promise<Record<string, string>> {
  const known = laid.get(bench) ?? layPeerMaterials(bench, ALGORITHMS)
  laid.set(bench, known)
  return known
}

/** Who makes broken files fast is not measured. */
async function judge(peer: PeerProcess, { dir }: Bench, algorithm: string): Promise<void> {
  const path = join(dir, 'peers/sealed.pdf')
  await peer.seal(algorithm, path)
  const { stdout } = await run('pdfsig', ['-nocert', path])
  if (!stdout.includes('Signature is Valid')) throw new Error(`pdfsig refuses its file: ${stdout}`)
}
