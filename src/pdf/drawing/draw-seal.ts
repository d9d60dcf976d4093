import { createHash } from 'node:crypto'
import {
  beginText,
  drawObject,
  endText,
  fill,
  moveText,
  PDFHexString,
  type PDFOperator,
  popGraphicsState,
  pushGraphicsState,
  rectangle,
  setFillingRgbColor,
  setFontAndSize,
  setLineWidth,
  setStrokingRgbColor,
  showText,
  stroke,
  concatTransformationMatrix as transform,
} from 'pdf-lib'
import type { DrawnAppearance } from '../drawn.ts'
import { array, dict, name } from '../values.ts'
import { BoundedCache } from './bounded-cache.ts'
import { defaultColourSpaces } from './colours.ts'
import { drawable, type EmbeddedFont, embedFont } from './font.ts'
import { flateStream, LocalObjects } from './local-objects.ts'
import { type LogoFile, readLogo } from './logo.ts'
import { layOutSeal, type SealLayout } from './seal-layout.ts'

/** What a seal shows. The first line is its title. */
export interface SealContent {
  readonly lines: readonly string[]
  readonly logo?: LogoFile
}

/** Points, as the page is displayed. */
export interface SealBox {
  readonly width: number
  readonly height: number
  /** The part of PDF/A the document claims: the drawing keeps the claim true. */
  readonly pdfaPart: number | undefined
}

const remembered = new BoundedCache<DrawnAppearance>(64)

/**
 * Draw a visible seal: a thin frame, the logo, the lines in French. Equal input gives equal output.
 *
 * @throws AppError `invalid-request` when the logo cannot be drawn.
 */
export async function drawSeal(content: SealContent, box: SealBox): Promise<DrawnAppearance> {
  return remembered.get(keyOf(content, box), () => draw(content, box))
}

function keyOf({ lines, logo }: SealContent, { width, height, pdfaPart }: SealBox): string {
  const hash = createHash('sha256').update(JSON.stringify([lines, width, height, pdfaPart]))
  if (logo !== undefined) hash.update(logo.type).update(logo.bytes)
  return hash.digest('base64')
}

function draw({ lines, logo: file }: SealContent, box: SealBox): DrawnAppearance {
  const logo = file && readLogo(file)
  const layout = layOutSeal(lines.map(drawable), logo, box)
  const objects = new LocalObjects()
  const font =
    layout.lines.length > 0
      ? embedFont(objects, layout.lines.map(({ text }) => text).join(''))
      : undefined
  const isLogoDrawn = logo !== undefined && layout.logo !== undefined
  const image = isLogoDrawn ? objects.add(logo.image) : undefined
  const content = paint(layout, box, font).map(String).join('\n')
  const form = objects.add(
    flateStream(Buffer.from(content, 'latin1'), {
      Type: name('XObject'),
      Subtype: name('Form'),
      BBox: array([0, 0, box.width, box.height]),
      Resources: dict({
        Font: font && dict({ [FONT]: font.font }),
        XObject: image && dict({ [LOGO]: image }),
        ColorSpace:
          box.pdfaPart === undefined
            ? undefined
            : defaultColourSpaces(objects, isLogoDrawn && logo.usesCmyk),
      }),
    }),
  )
  return objects.finish(form)
}

const FONT = 'F1'
const LOGO = 'Logo'

const PAPER = setFillingRgbColor(1, 1, 1)
const FRAME = setStrokingRgbColor(0.36, 0.44, 0.56)
const ACCENT = setFillingRgbColor(0.11, 0.23, 0.42)
const INK = setFillingRgbColor(0.16, 0.17, 0.2)

function paint(layout: SealLayout, box: SealBox, font: EmbeddedFont | undefined): PDFOperator[] {
  const { frame, accent, logo, lines } = layout
  return [
    pushGraphicsState(),
    PAPER,
    rectangle(0, 0, box.width, box.height),
    fill(),
    ACCENT,
    rectangle(accent.x, accent.y, accent.width, accent.height),
    fill(),
    FRAME,
    setLineWidth(frame.line),
    rectangle(frame.x, frame.y, frame.width, frame.height),
    stroke(),
    ...(logo === undefined
      ? []
      : [
          pushGraphicsState(),
          transform(logo.width, 0, 0, logo.height, logo.x, logo.y),
          drawObject(LOGO),
          popGraphicsState(),
        ]),
    ...(font === undefined ? [] : lines).flatMap(({ text, size, isTitle, x, y }) => [
      beginText(),
      isTitle ? ACCENT : INK,
      setFontAndSize(FONT, size),
      moveText(x, y),
      showText(PDFHexString.of(font?.encode(text) ?? '')),
      endText(),
    ]),
    popGraphicsState(),
  ]
}
