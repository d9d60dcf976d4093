import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { drawPlot } from '../../bench/plot.ts'
import type { CaseResult, Results, RowResult } from '../../bench/results.ts'

function bar(title: string, kind: RowResult['kind'], median: number): RowResult {
  const spread = { median, min: median / 2, max: median * 1.5 }
  const cases: CaseResult[] = [
    { name: 'p-256', algorithm: 'p-256', ratio: spread, perSecond: { ...spread, median: 1234.5 } },
  ]
  return { name: title, title, kind, cases }
}

const RESULTS: Results = {
  machine: { cores: 2, cpu: 'A & B <C>', node: 'v20.0.0' },
  settings: { rounds: 5, seconds: 5, document: { name: 'a.pdf', bytes: 1 } },
  ceilings: [
    { algorithm: 'p-256', threads: 2, perSecond: { median: 20_000, min: 1, max: 30_000 } },
  ],
  rows: [bar('ours', 'ours', 0.8), bar('theirs', 'peer', 0.004), bar('no more', 'floor', 0.5)],
}

test('bars are as long as their medians, and start at the same place', () => {
  const drawn = [...drawPlot(RESULTS).matchAll(/<rect class="(\w+)" x="(\S+)" .*? width="(\S+)"/g)]
  expect(drawn.map(([, kind, from, width]) => [kind, from, Number(width)])).toEqual([
    ['ours', '210', 376],
    ['peer', '210', 1.9],
  ])
})

test('a panel without a bar is not drawn', () => {
  const svg = drawPlot(RESULTS)
  expect(svg).toContain('P-256: C = 20,000 signatures a second')
  expect(svg).not.toContain('RSA-2048')
})

test('it is well-formed XML, whatever the names are', () => {
  const script = 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin.buffer)'
  execFileSync('python3', ['-c', script], { input: drawPlot(RESULTS) })
})

test('it needs no font and no file of another place', () => {
  expect(drawPlot(RESULTS)).not.toMatch(/@import|url\(|href|src=/)
})
