/**
 * `node dist/scripts/samples.js [NAME …]`: makes the PDFs of `samples/` anew, each by the producer
 * its row names. It needs chromium, soffice (LibreOffice Writer), gs, rsvg-convert and qpdf; a row
 * whose producer is missing keeps the file it has, is named at the end, and makes the exit code 1.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { drawSeal } from '../src/pdf/drawing/draw-seal.ts'
import { makeApplicationForm } from './sample-documents/application-form.ts'
import { makeRegister } from './sample-documents/register.ts'
import { makeThrowawaySigner } from './sample-documents/throwaway-signer.ts'
import { WRITER_DOCUMENTS } from './sample-documents/writer-documents.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const SOURCES = join(ROOT, 'scripts/sample-documents')
const MADE_AT = Date.UTC(2026, 10, 24, 9, 12)
const FILE_BYTES_MAX = 120_000
const ALL_BYTES_MAX = 700_000

/** What LibreOffice calls the kinds of PDF. */
const EXPORTS = { pdf: 0, 'pdfa-1': 1, 'pdfa-2': 2 } as const

type Command = 'chromium' | 'soffice' | 'gs' | 'rsvg-convert' | 'qpdf'

/** Where each command comes from on Debian and Ubuntu. */
const PACKAGES: Readonly<Record<Command, string>> = {
  chromium: 'chromium',
  soffice: 'libreoffice-writer-nogui',
  gs: 'ghostscript',
  'rsvg-convert': 'librsvg2-bin',
  qpdf: 'qpdf',
}

interface Sample {
  readonly file: string
  /** For the table of `samples/README.md`. */
  readonly what: string
  readonly producer: string
  readonly xref: 'table' | 'stream'
  readonly features: string
  readonly needs: readonly Command[]
  readonly make: () => Promise<Uint8Array>
}

const SAMPLES: readonly Sample[] = [
  {
    file: 'facture-cotisation.pdf',
    what: 'Appel de cotisation 2027, facture à un cabinet',
    producer: 'Chromium (Skia/PDF)',
    xref: 'table',
    features: 'balisé (tagged)',
    needs: ['chromium'],
    make: async () => printed('facture-cotisation.html'),
  },
  {
    file: 'lettre-de-mission.pdf',
    what: 'Lettre de mission d’un cabinet, deux pages',
    producer: 'LibreOffice Writer',
    xref: 'table',
    features: '2 pages',
    needs: ['soffice'],
    make: async () => typeset('engagement', 'pdf'),
  },
  {
    file: 'proces-verbal-session.pdf',
    what: 'Procès-verbal d’une session du conseil',
    producer: 'LibreOffice Writer',
    xref: 'table',
    features: 'PDF/A-2b, 2 pages',
    needs: ['soffice'],
    make: async () => typeset('minutes', 'pdfa-2'),
  },
  {
    file: 'note-honoraires.pdf',
    what: 'Note d’honoraires',
    producer: 'LibreOffice Writer',
    xref: 'table',
    features: 'PDF/A-1a',
    needs: ['soffice'],
    make: async () => typeset('fees', 'pdfa-1'),
  },
  {
    file: 'attestation-inscription.pdf',
    what: 'Attestation d’inscription au tableau',
    producer: 'Ghostscript (pdfwrite)',
    xref: 'table',
    features: '',
    needs: ['gs'],
    make: async () => distilled('attestation-inscription.ps'),
  },
  {
    file: 'convocation-session.pdf',
    what: 'Convocation à une session du conseil',
    producer: 'cairo (rsvg-convert)',
    xref: 'table',
    features: '',
    needs: ['rsvg-convert'],
    make: async () => rendered('convocation-session.svg'),
  },
  {
    file: 'tableau-inscriptions.pdf',
    what: 'Mouvements du tableau de l’Ordre, en paysage',
    producer: 'pdf-lib',
    xref: 'stream',
    features: 'page tournée (/Rotate 90), polices non incorporées',
    needs: [],
    make: async () => makeRegister(new Date(MADE_AT)),
  },
  {
    file: 'demande-inscription.pdf',
    what: 'Formulaire de demande d’inscription, en partie rempli',
    producer: 'pdf-lib',
    xref: 'stream',
    features: 'formulaire, champ de signature vide « signature_candidat »',
    needs: [],
    make: async () => makeApplicationForm(new Date(MADE_AT)),
  },
  {
    file: 'attestation-formation.pdf',
    what: 'Attestation de formation, en paysage',
    producer: 'Chromium (Skia/PDF), puis qpdf --linearize',
    xref: 'table',
    features: 'linéarisé',
    needs: ['chromium', 'qpdf'],
    make: async () => repacked(printed('attestation-formation.html'), '--linearize'),
  },
  {
    file: 'rapport-controle-qualite.pdf',
    what: 'Rapport de contrôle qualité',
    producer: 'LibreOffice Writer, puis qpdf --object-streams=generate',
    xref: 'stream',
    features: 'catalogue et pages dans des flux d’objets',
    needs: ['soffice', 'qpdf'],
    make: async () => repacked(typeset('review', 'pdf'), '--object-streams=generate'),
  },
  {
    file: 'deliberation-signee.pdf',
    what: 'Délibération du conseil, déjà signée par la présidente',
    producer: 'Chromium (Skia/PDF), puis une signature PAdES de clé jetable',
    xref: 'table',
    features: 'signé (approbation, visible)',
    needs: ['chromium'],
    make: async () => signed(printed('deliberation-budget.html')),
  },
]

const wanted = process.argv.slice(2)
const chosen = SAMPLES.filter(({ file }) => wanted.length === 0 || wanted.includes(file))
const folder = mkdtempSync(join(tmpdir(), 'samples-'))
const faults: string[] = []
try {
  for (const sample of chosen) await makeSample(sample)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
writeFileSync(join(ROOT, 'samples/README.md'), readme())
const total = SAMPLES.reduce((sum, { file }) => sum + sizeOf(file), 0)
if (total > ALL_BYTES_MAX) faults.push(`all together: ${total} octets are too many`)
console.log(`${SAMPLES.length} samples, ${total} octets`)
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1

async function makeSample({ file, needs, make }: Sample): Promise<void> {
  const missing = needs.filter((command) => !isInstalled(command))
  if (missing.length > 0) {
    const packages = missing.map((command) => PACKAGES[command]).join(' ')
    faults.push(`${file}: not made, ${missing.join(' and ')} missing (apt-get install ${packages})`)
    return
  }
  const bytes = await make()
  if (bytes.length > FILE_BYTES_MAX) faults.push(`${file}: ${bytes.length} octets are too many`)
  writeFileSync(join(ROOT, 'samples', file), bytes)
  console.log(`${file}  ${bytes.length}`)
}

function isInstalled(command: Command): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
}

function sizeOf(file: string): number {
  try {
    return readFileSync(join(ROOT, 'samples', file)).length
  } catch {
    return 0
  }
}

/** An HTML page as Chromium prints it; the moment is replaced by ours. */
function printed(source: string): Uint8Array {
  const pdf = run('chromium', 'printed.pdf', (to) => [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-pdf-header-footer',
    `--user-data-dir=${join(folder, 'chromium')}`,
    `--print-to-pdf=${to}`,
    pathToFileURL(join(SOURCES, source)).href,
  ])
  const moment = new Date(MADE_AT).toISOString().replace(/[-:T]|\..*/g, '')
  return latin1(
    Buffer.from(pdf)
      .toString('latin1')
      .replace(/\(D:\d{14}(?=\+)/g, `(D:${moment}`),
  )
}

/** A Writer document as LibreOffice exports it. */
function typeset(document: keyof typeof WRITER_DOCUMENTS, kind: keyof typeof EXPORTS): Uint8Array {
  const source = join(folder, 'typeset.fodt')
  writeFileSync(source, WRITER_DOCUMENTS[document])
  const options = JSON.stringify({ SelectPdfVersion: { type: 'long', value: EXPORTS[kind] } })
  return run('soffice', 'typeset.pdf', () => [
    `-env:UserInstallation=${pathToFileURL(join(folder, 'libreoffice')).href}`,
    '--headless',
    '--convert-to',
    `pdf:writer_pdf_Export:${options}`,
    '--outdir',
    folder,
    source,
  ])
}

/** A PostScript program as Ghostscript distils it. */
function distilled(source: string): Uint8Array {
  return run('gs', 'distilled.pdf', (to) => [
    '-q',
    '-dNOPAUSE',
    '-dBATCH',
    '-sDEVICE=pdfwrite',
    '-dCompatibilityLevel=1.7',
    `-sOutputFile=${to}`,
    join(SOURCES, source),
  ])
}

/** A drawing as cairo writes it. */
function rendered(source: string): Uint8Array {
  return run('rsvg-convert', 'rendered.pdf', (to) => [
    '--format=pdf',
    `--output=${to}`,
    join(SOURCES, source),
  ])
}

/** The same document, packed otherwise by qpdf. */
function repacked(pdf: Uint8Array, option: string): Uint8Array {
  const source = join(folder, 'unpacked.pdf')
  writeFileSync(source, pdf)
  return run('qpdf', 'repacked.pdf', (to) => ['--deterministic-id', option, source, to])
}

async function signed(pdf: Uint8Array): Promise<Uint8Array> {
  const signedAt = Date.UTC(2026, 10, 18, 8, 30)
  const signer = await makeThrowawaySigner('Claire Le Goff', Date.UTC(2026, 8, 1))
  const lines = ['Signé par Claire Le Goff, présidente', 'Le 18 novembre 2026 à 09:30']
  const wish = {
    signedAt,
    reason: 'Approbation de la délibération',
    location: 'Port-Mériadec',
    rect: { x: 352, y: 42, width: 176, height: 34 },
  }
  return signer.sign(pdf, wish, (box) => drawSeal({ lines }, box))
}

/** Run a producer and read what it wrote. */
function run(command: Command, name: string, args: (to: string) => string[]): Uint8Array {
  const to = join(folder, name)
  rmSync(to, { force: true })
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(MADE_AT / 1000), TZ: 'UTC' }
  const { status, stderr } = spawnSync(command, args(to), { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed: ${stderr.slice(-500)}`)
  return readFileSync(to)
}

function latin1(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

function readme(): string {
  const rows = SAMPLES.map(({ file, what, producer, xref, features }) => {
    return `| [${file}](${file}) | ${what} | ${producer} | ${xref} | ${features || '–'} |`
  })
  return `# Exemples

Des documents comme en reçoit un conseil régional, faits par des programmes différents. Les noms,
les adresses et les chiffres sont inventés. \`node dist/scripts/samples.js\` les refait ;
\`test/samples.test.ts\` vérifie ce que dit cette table.

| fichier | document | producteur | références croisées | particularités |
|---|---|---|---|---|
${rows.join('\n')}
`
}
