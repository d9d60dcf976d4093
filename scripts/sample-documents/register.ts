import {
  concatTransformationMatrix,
  degrees,
  PDFDocument,
  type PDFFont,
  type PDFPage,
  popGraphicsState,
  pushGraphicsState,
  rgb,
  StandardFonts,
} from 'pdf-lib'

const A4 = { width: 595.28, height: 841.89 }
const BLUE = rgb(0.11, 0.23, 0.42)
const INK = rgb(0.13, 0.14, 0.17)
const SOFT = rgb(0.36, 0.4, 0.47)
const PALE = rgb(0.95, 0.965, 0.985)
const RULE = rgb(0.8, 0.84, 0.89)

/** Left edge of each column, and its head. */
const COLUMNS = [
  [48, 'Numéro'],
  [122, 'Nom ou dénomination'],
  [304, 'Qualité'],
  [452, 'Commune'],
  [570, 'Date d’effet'],
  [648, 'Décision'],
] as const

const ROWS = [
  [
    'HA-P-002 108',
    'Abgrall, Corentin',
    'Expert-comptable',
    'Port-Mériadec',
    '01/12/2026',
    'Inscription',
  ],
  [
    'HA-P-001 774',
    'Benali, Nadia',
    'Expert-comptable',
    'Port-Mériadec',
    '14/01/2026',
    'Changement d’adresse',
  ],
  [
    'HA-S-001 290',
    'Cap Chiffres SARL',
    'Société d’expertise comptable',
    'Pont-Corentin',
    '03/03/2026',
    'Inscription',
  ],
  [
    'HA-P-000 412',
    'Cœurdevey, Béatrice',
    'Expert-comptable',
    'Kerlouanec',
    '30/06/2026',
    'Honorariat',
  ],
  [
    'HA-S-001 274',
    'Fiduciaire des Quais SAS',
    'Société d’expertise comptable',
    'Lannevez-sur-Mer',
    '01/09/2026',
    'Bureau secondaire',
  ],
  [
    'HA-S-001 301',
    'Fiduciaire du Léon SELAS',
    'Société d’expertise comptable',
    'Saint-Tugdual',
    '01/12/2026',
    'Inscription',
  ],
  [
    'HA-P-002 119',
    'Fontaine, Inès',
    'Expert-comptable',
    'Lannevez-sur-Mer',
    '03/03/2026',
    'Inscription',
  ],
  [
    'HA-P-002 121',
    'Hamidou, Aïcha',
    'Expert-comptable',
    'Port-Mériadec',
    '01/01/2027',
    'Inscription',
  ],
  [
    'HA-A-000 018',
    'Gestion et Culture de l’Aven',
    'Association de gestion',
    'Trégoat',
    '17/02/2026',
    'Inscription',
  ],
  [
    'HA-P-001 033',
    'Le Bihan, Jean-Yves',
    'Expert-comptable',
    'Trégoat',
    '31/03/2026',
    'Radiation à sa demande',
  ],
  [
    'HA-P-001 946',
    'Œillet, Thomas',
    'Expert-comptable',
    'Saint-Tugdual',
    '12/05/2026',
    'Changement d’adresse',
  ],
  [
    'HA-T-000 377',
    'Prigent, Jean-Noël',
    'Stagiaire, troisième année',
    'Kerlouanec',
    '01/12/2026',
    'Inscription',
  ],
  [
    'HA-P-001 518',
    'Quéméner, Marc',
    'Expert-comptable',
    'Pont-Corentin',
    '22/09/2026',
    'Suspension levée',
  ],
  [
    'HA-S-000 866',
    'Tanguy et associés SAS',
    'Société d’expertise comptable',
    'Lannevez-sur-Mer',
    '01/07/2026',
    'Fusion (absorbante)',
  ],
  [
    'HA-S-000 912',
    'Ty Compta SARL',
    'Société d’expertise comptable',
    'Lannevez-sur-Mer',
    '01/07/2026',
    'Radiation (absorbée)',
  ],
  [
    'HA-P-002 087',
    'Vasseur, Élodie',
    'Expert-comptable',
    'Port-Mériadec',
    '06/10/2026',
    'Changement de nom',
  ],
] as const

/** A table across a page that is turned by a quarter, drawn with the fonts every reader has. */
export async function makeRegister(madeAt: Date): Promise<Uint8Array> {
  const document = await PDFDocument.create()
  document.setTitle('Tableau de l’Ordre : mouvements de l’année 2026')
  document.setLanguage('fr-FR')
  document.setCreationDate(madeAt)
  document.setModificationDate(madeAt)
  const plain = await document.embedFont(StandardFonts.Helvetica)
  const bold = await document.embedFont(StandardFonts.HelveticaBold)
  const page = document.addPage([A4.width, A4.height])
  page.setRotation(degrees(90))
  // From the page as displayed, lying, to the page as written, standing.
  page.pushOperators(pushGraphicsState(), concatTransformationMatrix(0, 1, -1, 0, A4.width, 0))
  drawHead(page, plain, bold)
  drawRows(page, plain, bold)
  drawFoot(page, plain)
  page.pushOperators(popGraphicsState())
  return document.save()
}

function drawHead(page: PDFPage, plain: PDFFont, bold: PDFFont): void {
  page.drawText('Tableau de l’Ordre', { x: 48, y: 538, size: 20, font: bold, color: BLUE })
  page.drawText('Mouvements de l’année 2026, arrêtés au 24 novembre 2026', {
    x: 48,
    y: 519,
    size: 10.5,
    font: plain,
    color: SOFT,
  })
  const right = 'Conseil régional de Haute-Armorique'
  const width = plain.widthOfTextAtSize(right, 10)
  page.drawText(right, { x: A4.height - 48 - width, y: 540, size: 10, font: plain, color: BLUE })
}

const ROW = 22.5
const TOP = 470

function drawRows(page: PDFPage, plain: PDFFont, bold: PDFFont): void {
  const width = A4.height - 96
  page.drawRectangle({ x: 48, y: TOP, width, height: 24, color: BLUE })
  for (const [x, text] of COLUMNS) {
    page.drawText(text, { x: x + 6, y: TOP + 8.5, size: 9, font: bold, color: rgb(1, 1, 1) })
  }
  for (const [i, row] of ROWS.entries()) {
    const y = TOP - (i + 1) * ROW
    if (i % 2 === 1) page.drawRectangle({ x: 48, y, width, height: ROW, color: PALE })
    page.drawLine({
      start: { x: 48, y },
      end: { x: 48 + width, y },
      thickness: 0.5,
      color: RULE,
    })
    for (const [column, text] of row.entries()) {
      const font = column === 1 ? bold : plain
      const x = (COLUMNS[column]?.[0] ?? 0) + 6
      page.drawText(text, { x, y: y + 7.5, size: 9, font, color: INK })
    }
  }
}

function drawFoot(page: PDFPage, plain: PDFFont): void {
  const text =
    'Le tableau est public. Une décision d’inscription ou de radiation peut être contestée devant le comité national du tableau dans un délai de deux mois.'
  page.drawText(text, { x: 48, y: 62, size: 8, font: plain, color: SOFT })
  page.drawText('Port-Mériadec, le 24 novembre 2026 · Le secrétaire, Yann Kerouédan', {
    x: 48,
    y: 48,
    size: 8,
    font: plain,
    color: SOFT,
  })
}
