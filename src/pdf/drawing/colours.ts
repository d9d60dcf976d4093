import { array, dict, name, type PdfDict, type PdfValue } from '../values.ts'
import { flateStream, type LocalObjects } from './local-objects.ts'

/** sRGB as seen under D50, as profiles state it: poppler tints a gray of any other white. */
const WHITE_POINT = array([0.9642, 1, 0.8249])
const CAL_GRAY = array([name('CalGray'), dict({ WhitePoint: WHITE_POINT, Gamma: 2.2 })])
const CAL_RGB = array([
  name('CalRGB'),
  dict({
    WhitePoint: WHITE_POINT,
    Gamma: array([2.2, 2.2, 2.2]),
    Matrix: array([0.436, 0.2225, 0.0139, 0.3851, 0.7169, 0.0971, 0.1431, 0.0606, 0.7139]),
  }),
])

/** From cyan, magenta, yellow and black to red, green and blue: (1 − c)(1 − k) and so on. */
const WITHOUT_INK = `{
1 exch sub 4 1 roll
1 exch sub 3 index mul 3 1 roll
1 exch sub 3 index mul 3 1 roll
1 exch sub 3 index mul 3 1 roll
4 -1 roll pop
}`

/**
 * What the device colours of a drawing mean where no output intent says it: PDF/A allows them
 * only so (ISO 19005-2 §6.2.4.3, ISO 19005-1 §6.2.3.3).
 */
export function defaultColourSpaces(objects: LocalObjects, usesCmyk: boolean): PdfDict {
  return dict({
    DefaultGray: CAL_GRAY,
    DefaultRGB: CAL_RGB,
    DefaultCMYK: usesCmyk ? inksAsLight(objects) : undefined,
  })
}

function inksAsLight(objects: LocalObjects): PdfValue {
  const inks = ['Cyan', 'Magenta', 'Yellow', 'Black'].map(name)
  const toRgb = objects.add(
    flateStream(Buffer.from(WITHOUT_INK), {
      FunctionType: 4,
      Domain: array([0, 1, 0, 1, 0, 1, 0, 1]),
      Range: array([0, 1, 0, 1, 0, 1]),
    }),
  )
  return array([name('DeviceN'), array(inks), CAL_RGB, toRgb])
}
