import {
  PDFDocument,
  type PDFFont,
  type PDFForm,
  PDFName,
  type PDFPage,
  PDFString,
  rgb,
  StandardFonts,
} from 'pdf-lib'

const A4 = { width: 595.28, height: 841.89 }
const BLUE = rgb(0.11, 0.23, 0.42)
const INK = rgb(0.13, 0.14, 0.17)
const SOFT = rgb(0.36, 0.4, 0.47)
const RULE = rgb(0.72, 0.77, 0.84)
const LEFT = 56
const RIGHT = A4.width - 56

/** Name in the form, label, what stands in it, left edge, baseline, width. */
const FIELDS = [
  ['candidat.nom', 'Nom de naissance', 'Hamidou', LEFT, 640, 235],
  ['candidat.prenom', 'Prénoms', 'Aïcha Solène', 304, 640, 235],
  ['candidat.naissance', 'Date et lieu de naissance', '14/02/1994, Saint-Tugdual', LEFT, 592, 235],
  ['candidat.courriel', 'Courriel', 'a.hamidou@cabinet.example', 304, 592, 235],
  [
    'candidat.adresse',
    'Adresse professionnelle',
    '18, place du Marché, 29999 Port-Mériadec',
    LEFT,
    544,
    483,
  ],
  ['diplome.date', 'Diplôme d’expertise comptable, date', '27/06/2026', LEFT, 448, 235],
  ['diplome.numero', 'Numéro du diplôme', 'DEC-2026-04417', 304, 448, 235],
  ['assurance.police', 'Assurance professionnelle, police', '', LEFT, 400, 483],
] as const

const CHECKS = [
  ['pieces.diplome', 'Copie du diplôme', true],
  ['pieces.identite', 'Copie d’une pièce d’identité', true],
  ['pieces.honneur', 'Déclaration sur l’honneur', true],
  ['pieces.assurance', 'Attestation d’assurance', false],
] as const

/** A form that is partly filled, with an empty signature field for the applicant. */
export async function makeApplicationForm(madeAt: Date): Promise<Uint8Array> {
  const document = await PDFDocument.create()
  document.setTitle('Demande d’inscription au tableau')
  document.setLanguage('fr-FR')
  document.setCreationDate(madeAt)
  document.setModificationDate(madeAt)
  const plain = await document.embedFont(StandardFonts.Helvetica)
  const bold = await document.embedFont(StandardFonts.HelveticaBold)
  const page = document.addPage([A4.width, A4.height])
  const form = document.getForm()
  drawHead(page, plain, bold)
  drawSection(page, bold, 'Le candidat', 672)
  drawSection(page, bold, 'Diplôme et assurance', 480)
  drawSection(page, bold, 'Pièces jointes', 350)
  for (const [name, label, value, x, y, width] of FIELDS) {
    page.drawText(label, { x, y: y + 12, size: 8, font: plain, color: SOFT })
    const field = form.createTextField(name)
    field.setText(value)
    field.addToPage(page, {
      x,
      y: y - 12,
      width,
      height: 19,
      font: plain,
      textColor: INK,
      borderColor: RULE,
      borderWidth: 0.6,
    })
    field.setFontSize(10)
  }
  drawChecks(page, form, plain)
  addSignatureField(document, page, plain)
  return document.save()
}

function drawHead(page: PDFPage, plain: PDFFont, bold: PDFFont): void {
  page.drawRectangle({ x: 0, y: 800, width: A4.width, height: 42, color: BLUE })
  const white = rgb(1, 1, 1)
  page.drawText('Ordre des experts-comptables', {
    x: LEFT,
    y: 815,
    size: 14,
    font: bold,
    color: white,
  })
  page.drawText('Conseil régional de Haute-Armorique', {
    x: 376.5,
    y: 816,
    size: 9.5,
    font: plain,
    color: white,
  })
  page.drawText('Demande d’inscription au tableau', {
    x: LEFT,
    y: 748,
    size: 20,
    font: bold,
    color: BLUE,
  })
  page.drawText(
    'À déposer au secrétariat avec les pièces jointes. La commission du tableau répond sous trois mois.',
    {
      x: LEFT,
      y: 726,
      size: 9.5,
      font: plain,
      color: SOFT,
    },
  )
}

function drawSection(page: PDFPage, bold: PDFFont, title: string, y: number): void {
  page.drawText(title, { x: LEFT, y, size: 11.5, font: bold, color: BLUE })
  page.drawLine({
    start: { x: LEFT, y: y - 5 },
    end: { x: RIGHT, y: y - 5 },
    thickness: 0.8,
    color: BLUE,
  })
}

function drawChecks(page: PDFPage, form: PDFForm, plain: PDFFont): void {
  for (const [i, [name, label, isTicked]] of CHECKS.entries()) {
    const [x, y] = [LEFT + (i % 2) * 248, 318 - Math.floor(i / 2) * 24]
    const box = form.createCheckBox(name)
    box.addToPage(page, {
      x,
      y,
      width: 13,
      height: 13,
      borderColor: RULE,
      borderWidth: 0.8,
      textColor: BLUE,
    })
    if (isTicked) box.check()
    page.drawText(label, { x: x + 21, y: y + 3, size: 10, font: plain, color: INK })
  }
}

function addSignatureField(document: PDFDocument, page: PDFPage, plain: PDFFont): void {
  const text =
    'Je certifie exacts les renseignements ci-dessus et demande mon inscription au tableau.'
  page.drawText(text, { x: LEFT, y: 244, size: 10, font: plain, color: INK })
  page.drawText('Fait à Port-Mériadec, le 24 novembre 2026', {
    x: LEFT,
    y: 224,
    size: 10,
    font: plain,
    color: INK,
  })
  page.drawText('Signature du candidat', { x: 304, y: 206, size: 8, font: plain, color: SOFT })
  const [x, y, width, height] = [304, 122, 235, 78]
  page.drawRectangle({
    x,
    y,
    width,
    height,
    borderColor: RULE,
    borderWidth: 0.8,
    borderDashArray: [3, 3],
  })
  const { context } = document
  const widget = context.register(
    context.obj({
      Type: 'Annot',
      Subtype: 'Widget',
      FT: 'Sig',
      T: PDFString.of('signature_candidat'),
      Rect: [x, y, x + width, y + height],
      F: 4,
      P: page.ref,
    }),
  )
  page.node.addAnnot(widget)
  document.catalog.getOrCreateAcroForm().addField(widget)
  document.catalog.set(PDFName.of('ViewerPreferences'), context.obj({ DisplayDocTitle: true }))
}
