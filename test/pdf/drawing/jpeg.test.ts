import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BadImage } from '../../../src/pdf/drawing/bad-image.ts'
import { readJpeg } from '../../../src/pdf/drawing/jpeg.ts'

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url))

test.each([
  { name: 'rgb.jpg', components: 3, isInverted: false },
  { name: 'progressive.jpg', components: 3, isInverted: false },
  { name: 'gray.jpg', components: 1, isInverted: false },
  { name: 'cmyk.jpg', components: 4, isInverted: true },
])('$name is read', ({ name, components, isInverted }) => {
  expect(readJpeg(fixture(name))).toMatchObject({ width: 24, height: 16, components, isInverted })
})

test('what is no picture is left out: comments, the camera’s notes', () => {
  const file = fixture('rgb.jpg')
  expect(file.includes('Photo prise au bureau')).toBe(true)
  const { bytes } = readJpeg(file)
  expect(Buffer.from(bytes).includes('Photo prise au bureau')).toBe(false)
  expect(Buffer.from(bytes).includes('made at home')).toBe(false)
  expect(readJpeg(bytes)).toMatchObject({ width: 24, height: 16 })
})

test('a JPEG cut anywhere is refused', () => {
  const file = fixture('rgb.jpg')
  for (let end = 0; end < file.length; end += 1) {
    expect(() => readJpeg(file.subarray(0, end))).toThrow(BadImage)
  }
})

test.each([
  { fault: 'another file', change: () => Buffer.from('\x89PNG') },
  {
    fault: 'a lossless frame',
    change: (file: Buffer) => withFrame(file, (frame) => frame.fill(0xc3, 1, 2)),
  },
  {
    fault: '12 bits a colour',
    change: (file: Buffer) => withFrame(file, (frame) => frame.fill(12, 4, 5)),
  },
  {
    fault: 'two colours',
    change: (file: Buffer) => withFrame(file, (frame) => frame.fill(2, 9, 10)),
  },
  { fault: 'no width', change: (file: Buffer) => withFrame(file, (frame) => frame.fill(0, 7, 9)) },
  {
    fault: 'a size no logo has',
    change: (file: Buffer) => withFrame(file, (frame) => frame.fill(0xff, 5, 9)),
  },
])('a JPEG with $fault is refused', ({ change }) => {
  expect(() => readJpeg(change(fixture('rgb.jpg')))).toThrow(BadImage)
})

function withFrame(file: Buffer, change: (frame: Buffer) => void): Buffer {
  const changed = Buffer.from(file)
  change(changed.subarray(changed.indexOf(Buffer.from([0xff, 0xc0]))))
  return changed
}
