import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import type { Results, RowResult } from './results.ts'
import type { Spread } from './statistics.ts'

/** One panel each. */
const ALGORITHMS: readonly KeyAlgorithm[] = ['rsa-2048', 'p-256']
const WIDTH = 860
const BARS_FROM = 210
const BARS_WIDTH = 470
const ROW_HEIGHT = 26
const BAR_HEIGHT = 14
const PANEL_HEAD = 34
const PANEL_GAP = 34
const CAPTION_HEIGHT = 58
const TICKS = [0, 0.25, 0.5, 0.75, 1]

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .head { font-weight: 600; font-size: 15px }
  .value { font-variant-numeric: tabular-nums }
  .quiet { fill: #59636e; font-size: 12px }
  .ours { fill: #0969da }
  .peer { fill: #8c959f }
  .grid { stroke: #d1d9e0 }
  .spread { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .ours { fill: #4493f8 }
    .peer { fill: #6e7681 }
    .grid { stroke: #3d444d }
    .spread { stroke: #f0f6fc }
  }
`

interface Bar {
  readonly title: string
  readonly kind: RowResult['kind']
  readonly ratio: Spread
  readonly perSecond: number
}

/**
 * The rates as bars, an SVG with a panel for each algorithm. The scale is linear, because lengths
 * are what is compared: all start at nothing, and the whole width is the ceiling.
 */
export function drawPlot(results: Results): string {
  const panels = ALGORITHMS.map((algorithm) => ({ algorithm, bars: barsOf(results, algorithm) }))
  const shown = panels.filter(({ bars }) => bars.length > 0)
  const drawn: string[] = []
  let top = 8
  for (const { algorithm, bars } of shown) {
    drawn.push(panel(results, { algorithm, bars, top }))
    top += PANEL_HEAD + bars.length * ROW_HEIGHT + PANEL_GAP
  }
  const height = top + CAPTION_HEIGHT
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    '<title>Signatures a second, as a fraction of what the token can do</title>',
    `<style>${STYLE}</style>`,
    ...drawn,
    caption(results, top),
    '</svg>\n',
  ].join('\n')
}

function barsOf({ rows }: Results, algorithm: KeyAlgorithm): Bar[] {
  return rows.flatMap(({ title, kind, cases }) =>
    kind === 'floor'
      ? []
      : cases.flatMap(({ algorithm: own, ratio, perSecond }) =>
          own !== algorithm || ratio === undefined || perSecond === undefined
            ? []
            : { title, kind, ratio, perSecond: perSecond.median },
        ),
  )
}

function panel(
  { ceilings }: Results,
  { algorithm, bars, top }: { algorithm: KeyAlgorithm; bars: readonly Bar[]; top: number },
): string {
  const most = ceilings.find((ceiling) => ceiling.algorithm === algorithm)?.perSecond.median
  const head = `${algorithm.toUpperCase()}: C = ${most === undefined ? '?' : whole(most)} signatures a second`
  const first = top + PANEL_HEAD
  const bottom = first + bars.length * ROW_HEIGHT
  return [
    text(0, top + 16, head, 'head'),
    ...TICKS.flatMap((tick) => [
      `<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="${first - 4}" y2="${bottom}"/>`,
      text(at(tick), bottom + 15, tick === 1 ? 'C' : String(tick), 'quiet', 'middle'),
    ]),
    ...bars.flatMap((bar, index) => barLine(bar, first + index * ROW_HEIGHT)),
  ].join('\n')
}

function barLine({ title, kind, ratio, perSecond }: Bar, top: number): string[] {
  const middle = top + ROW_HEIGHT / 2
  const baseline = middle + 4.5
  const bar = { x: at(0), y: middle - BAR_HEIGHT / 2, width: at(ratio.median) - at(0) }
  const right = Math.max(at(ratio.median), at(ratio.max)) + 8
  return [
    text(BARS_FROM - 10, baseline, title, '', 'end'),
    `<rect class="${kind}" x="${bar.x}" y="${bar.y}" width="${tenths(bar.width)}" height="${BAR_HEIGHT}"/>`,
    `<line class="spread" x1="${at(ratio.min)}" x2="${at(ratio.max)}" y1="${middle}" y2="${middle}"/>`,
    text(right, baseline, `${fraction(ratio.median)} · ${whole(perSecond)}/s`, 'value'),
  ]
}

function caption({ machine, settings }: Results, top: number): string {
  const kilobytes = Math.round(settings.document.bytes / 1000)
  const lines = [
    'Blue is Sceau. C: a C program that does nothing but sign, by the same key, right before each measurement.',
    `Bars are medians, lines least and most of ${settings.rounds} rounds of ${settings.seconds} s. A PDF of ${kilobytes} KB each, PAdES B-B.`,
    `${machine.cpu}, ${machine.cores} cores, SoftHSM, Node ${machine.node.replace('v', '')}.`,
  ]
  return lines.map((line, index) => text(0, top + 12 + index * 17, line, 'quiet')).join('\n')
}

function text(x: number, y: number, words: string, kind: string, anchor = 'start'): string {
  const escaped = words.replace(/&/g, '&amp;').replace(/</g, '&lt;')
  return `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escaped}</text>`
}

function at(ratio: number): number {
  return tenths(BARS_FROM + ratio * BARS_WIDTH)
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function fraction(value: number): string {
  return value >= 0.1 ? value.toFixed(2) : value.toFixed(3)
}
