import type { DrawnAppearance } from '../../src/pdf/drawn.ts'
import { array, dict, name } from '../../src/pdf/values.ts'

/** A drawing that shows where it lands and how it is turned: a black frame, its lower left corner filled. */
export function drawBox({ width, height }: { width: number; height: number }): DrawnAppearance {
  const content = [
    '0 g 0 G 2 w',
    `1 1 ${width - 2} ${height - 2} re S`,
    `0 0 ${width / 4} ${height / 4} re f`,
  ]
  const form = {
    kind: 'stream',
    dict: dict({
      Type: name('XObject'),
      Subtype: name('Form'),
      BBox: array([0, 0, width, height]),
      Resources: dict({}),
    }),
    data: Buffer.from(content.join('\n')),
  } as const
  return { form: 1, objects: [{ number: 1, value: form }] }
}
