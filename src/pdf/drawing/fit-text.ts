/** A line where it stands. */
interface PlacedLine {
  readonly text: string
  /** Points. */
  readonly size: number
  /** Points from the top of the block down to the baseline. */
  readonly baseline: number
  readonly isTitle: boolean
}

/** Paragraphs set to a size at which they fit. */
export interface FittedText {
  readonly lines: readonly PlacedLine[]
  /** Points, from the top of the first line to the bottom of the last. */
  readonly height: number
  /** False when even the smallest size was too large and the end was left out. */
  readonly isWhole: boolean
}

interface Room {
  readonly width: number
  readonly height: number
}

/** Width in ems. */
type WidthOf = (text: string) => number

const SIZE_MAX = 11
const SIZE_MIN = 5
const SIZE_STEP = 0.25
/** Text may be this much smaller for a line less. */
const WORTH_A_LINE = 0.86
const TITLE_FACTOR = 1.15
const LEADING = 1.25
/** Ems between the title and what follows. */
const AFTER_TITLE = 0.2
/** Share of the leading above the baseline, so that capitals and descenders have equal air. */
const ABOVE_BASELINE = 0.78
/** A narrower column shows nothing. */
const EMS_MIN = 3
const CHARACTERS_MAX = 500
const PARAGRAPHS_MAX = 12

/**
 * Wrap and shrink: the largest size between 5 and 11 points at which all fits, or a little less
 * where that saves a line; at the smallest the end is cut with an ellipsis. The first paragraph is
 * the title, a little larger.
 */
export function fitText(paragraphs: readonly string[], room: Room, widthOf: WidthOf): FittedText {
  if (room.width < SIZE_MIN * EMS_MIN) return { lines: [], height: 0, isWhole: false }
  const texts = paragraphs.slice(0, PARAGRAPHS_MAX).map((text) => wordsOf(text, widthOf))
  let best: (SetText & { size: number }) | undefined
  for (let size = SIZE_MAX; size >= SIZE_MIN; size -= SIZE_STEP) {
    if (best !== undefined && size < best.size * WORTH_A_LINE) break
    const set = setText(texts, size, room.width, widthOf)
    const isBetter = best === undefined || set.lines.length < best.lines.length
    if (set.height <= room.height && isBetter) best = { ...set, size }
  }
  if (best !== undefined) return { lines: best.lines, height: best.height, isWhole: true }
  const smallest = setText(texts, SIZE_MIN, room.width, widthOf)
  return { ...cut(smallest.lines, room, widthOf), isWhole: false }
}

interface Word {
  readonly text: string
  /** Ems. */
  readonly width: number
}

/** Spaces a line may end at: not the fixed ones, nor those that French sets before or after a sign. */
const BREAKABLE = /(?<!«) (?![»:;!?%€])/

function wordsOf(paragraph: string, widthOf: WidthOf): Word[] {
  const text = Array.from(paragraph).slice(0, CHARACTERS_MAX).join('').trim()
  return text.split(BREAKABLE).map((word) => ({ text: word, width: widthOf(word) }))
}

interface SetText {
  readonly lines: readonly PlacedLine[]
  readonly height: number
}

function setText(
  texts: readonly (readonly Word[])[],
  bodySize: number,
  width: number,
  widthOf: WidthOf,
): SetText {
  const lines: PlacedLine[] = []
  let height = 0
  for (const [i, words] of texts.entries()) {
    const isTitle = i === 0
    const size = isTitle ? bodySize * TITLE_FACTOR : bodySize
    for (const text of wrap(words, width / size, widthOf)) {
      lines.push({ text, size, isTitle, baseline: height + size * LEADING * ABOVE_BASELINE })
      height += size * LEADING
    }
    if (isTitle && texts.length > 1) height += bodySize * AFTER_TITLE
  }
  return { lines, height }
}

/** Greedy. */
function wrap(words: readonly Word[], ems: number, widthOf: WidthOf): string[] {
  const lines: string[] = []
  let line: Word = { text: '', width: 0 }
  for (const word of words) {
    const longer = line.text === '' ? word : join(line, word, widthOf)
    if (longer.width <= ems) {
      line = longer
      continue
    }
    if (line.text !== '') lines.push(line.text)
    const pieces = breakWord(word, ems, widthOf)
    line = pieces.pop() ?? { text: '', width: 0 }
    lines.push(...pieces.map(({ text }) => text))
  }
  if (line.text !== '') lines.push(line.text)
  return lines
}

function join(line: Word, word: Word, widthOf: WidthOf): Word {
  return { text: `${line.text} ${word.text}`, width: line.width + widthOf(' ') + word.width }
}

/** A word wider than a line is broken after a hyphen, else anywhere; one character always stands. */
function breakWord(word: Word, ems: number, widthOf: WidthOf): Word[] {
  if (word.width <= ems) return [word]
  const pieces: Word[] = []
  let piece = ''
  let width = 0
  for (const character of word.text) {
    if (piece !== '' && width + widthOf(character) > ems) {
      const end = piece.lastIndexOf('-') + 1 || piece.length
      pieces.push({ text: piece.slice(0, end), width: ems })
      piece = piece.slice(end)
      width = widthOf(piece)
    }
    piece += character
    width += widthOf(character)
  }
  return [...pieces, { text: piece, width }]
}

function cut(lines: readonly PlacedLine[], room: Room, widthOf: WidthOf): SetText {
  const bottomOf = ({ baseline, size }: PlacedLine) =>
    baseline + size * LEADING * (1 - ABOVE_BASELINE)
  const kept = lines.filter((line) => bottomOf(line) <= room.height)
  const last = kept.pop()
  if (last === undefined) return { lines: [], height: 0 }
  const characters = Array.from(last.text)
  while (characters.length > 0 && widthOf(`${characters.join('')}…`) * last.size > room.width) {
    characters.pop()
  }
  const text = `${characters.join('').trimEnd()}…`
  if (widthOf(text) * last.size <= room.width) kept.push({ ...last, text })
  const end = kept.at(-1)
  return { lines: kept, height: end === undefined ? 0 : bottomOf(end) }
}
