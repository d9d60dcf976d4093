import { fitText } from './fit-text.ts'
import { widthOf } from './font.ts'

/** Points from the bottom left corner of the seal. */
interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A line of text; its baseline begins at the point. */
interface SealLine {
  readonly text: string
  readonly size: number
  readonly isTitle: boolean
  readonly x: number
  readonly y: number
}

/** Where everything of a seal stands. */
export interface SealLayout {
  /** The middle of the frame's line, and the line's width. */
  readonly frame: Rect & { readonly line: number }
  /** The coloured band on the left. */
  readonly accent: Rect
  readonly logo: Rect | undefined
  readonly lines: readonly SealLine[]
}

interface Size {
  readonly width: number
  readonly height: number
}

const LINE = 0.6
const ACCENT_WIDTH = 2.4
const MARGIN_MAX = 7
/** A logo takes at most this share of the width, and gives way to the text. */
const LOGO_SHARE = 0.32
const LOGO_HEIGHT_MAX = 90

/**
 * Lay out a seal in its box: the logo left, the text beside it, both centred upwards. A logo that
 * would leave the text no room is left out; in a box too small for text only the frame is left.
 */
export function layOutSeal(
  lines: readonly string[],
  logo: Size | undefined,
  box: Size,
): SealLayout {
  const smaller = Math.min(box.width, box.height)
  const line = Math.min(LINE, smaller / 10)
  const accentWidth = Math.min(ACCENT_WIDTH, box.width / 20)
  const margin = Math.min(MARGIN_MAX, smaller / 9)
  const inner: Rect = {
    x: accentWidth + margin,
    y: margin,
    width: Math.max(0, box.width - accentWidth - 2 * margin),
    height: Math.max(0, box.height - 2 * margin),
  }
  const withLogo = logo && placeLogo(logo, inner, margin)
  const beside = withLogo && placeText(lines, withLogo.rest)
  const isLogoShown = beside?.isWhole === true
  const text = isLogoShown ? beside : placeText(lines, inner)
  return {
    frame: { x: line / 2, y: line / 2, width: box.width - line, height: box.height - line, line },
    accent: { x: 0, y: 0, width: accentWidth, height: box.height },
    logo: isLogoShown ? withLogo?.logo : undefined,
    lines: text.lines,
  }
}

function placeLogo(logo: Size, inner: Rect, gap: number): { logo: Rect; rest: Rect } {
  const scale = Math.min(
    (inner.width * LOGO_SHARE) / logo.width,
    Math.min(inner.height, LOGO_HEIGHT_MAX) / logo.height,
  )
  const [width, height] = [logo.width * scale, logo.height * scale]
  const taken = width + gap
  return {
    logo: { x: inner.x, y: inner.y + (inner.height - height) / 2, width, height },
    rest: { ...inner, x: inner.x + taken, width: Math.max(0, inner.width - taken) },
  }
}

function placeText(texts: readonly string[], room: Rect) {
  const { lines, height, isWhole } = fitText(texts, room, widthOf)
  const top = room.y + room.height - (room.height - height) / 2
  const placed = lines.map(({ text, size, isTitle, baseline }): SealLine => {
    return { text, size: round(size), isTitle, x: round(room.x), y: round(top - baseline) }
  })
  return { lines: placed, isWhole }
}

/** A thousandth of a point is finer than any printer. */
function round(points: number): number {
  return Math.round(points * 1000) / 1000
}
