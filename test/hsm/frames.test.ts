import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeFrame, type Frame, makeFrameReader, REQUEST_BOUNDS } from '../../hsm/frames.ts'

const frame = fc.record({
  header: fc.dictionary(fc.string({ maxLength: 12 }), fc.jsonValue({ maxDepth: 1 })),
  payload: fc.uint8Array({ maxLength: 400 }),
})

function plain({ header, payload }: Frame): { header: string; payload: string } {
  const text = Buffer.from(header).toString('utf8')
  return { header: text, payload: Buffer.from(payload).toString('hex') }
}

test('frames come out as they went in, however the stream is chopped', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 6 }),
      fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 20 }),
      (frames, cuts) => {
        const stream = Buffer.concat(
          frames.map(({ header, payload }) => encodeFrame(header, payload)),
        )
        const read = makeFrameReader(REQUEST_BOUNDS)
        const seen: Frame[] = []
        // An empty chunk now and then, but some progress in each round.
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = (cuts[i % cuts.length] ?? 1) + (i % cuts.length === 0 ? 1 : 0)
          seen.push(...read(stream.subarray(at, at + size)))
          at += size
        }
        expect(seen.map(plain)).toEqual(
          frames.map(({ header, payload }) => ({
            header: JSON.stringify(header),
            payload: Buffer.from(payload).toString('hex'),
          })),
        )
      },
    ),
  )
})

test('a frame that is not complete gives nothing yet', () => {
  const bytes = encodeFrame({ id: 1 }, new Uint8Array(10))
  const read = makeFrameReader(REQUEST_BOUNDS)
  expect(read(bytes.subarray(0, -1))).toEqual([])
  expect(read(bytes.subarray(-1))).toHaveLength(1)
})

describe('a frame is refused as soon as its lengths are known:', () => {
  test.each([
    ['larger than allowed', [REQUEST_BOUNDS.frameBytesMax + 1, 2]],
    ['with a header larger than allowed', [100_000, REQUEST_BOUNDS.headerBytesMax + 1]],
    ['with a header longer than itself', [10, 7]],
    ['with no room for the length of its header', [3, 0]],
    ['of the largest numbers', [0xffff_ffff, 0xffff_ffff]],
  ])('one %s', (_name, [frameBytes = 0, headerBytes = 0]) => {
    const prefix = Buffer.alloc(8)
    prefix.writeUInt32BE(frameBytes, 0)
    prefix.writeUInt32BE(headerBytes, 4)
    expect(() => makeFrameReader(REQUEST_BOUNDS)(prefix)).toThrow(RangeError)
  })
})

test('any bytes give frames or a RangeError, and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        makeFrameReader(REQUEST_BOUNDS)(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }),
  )
})
