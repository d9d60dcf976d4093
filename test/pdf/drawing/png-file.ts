import { crc32, deflateSync } from 'node:zlib'

/** A PNG to be written: `pixels` are RGBA, four octets each, rows from the top. */
export interface PngPicture {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
  readonly isInterlaced?: boolean
}

const RGBA = 6
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** Write an RGBA PNG whose rows use all five filters in turn. */
export function pngOf({ width, height, pixels, isInterlaced = false }: PngPicture): Buffer {
  const passes = isInterlaced ? ADAM7 : [[0, 0, 1, 1] as const]
  const parts: Buffer[] = []
  for (const [x0, y0, dx, dy] of passes) {
    let above: Uint8Array = new Uint8Array(width * 4)
    for (let y = y0, row = 0; y < height && x0 < width; y += dy, row += 1) {
      const line: number[] = []
      for (let x = x0; x < width; x += dx) {
        line.push(...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4))
      }
      parts.push(filtered(row % 5, Buffer.from(line), above))
      above = Buffer.from(line)
    }
  }
  return pngFile({
    header: headerOf(width, height, 8, RGBA, isInterlaced),
    chunks: [['IDAT', deflateSync(Buffer.concat(parts))]],
  })
}

function filtered(filter: number, line: Uint8Array, above: Uint8Array): Buffer {
  const out = Buffer.alloc(line.length + 1)
  out[0] = filter
  for (const [i, value] of line.entries()) {
    const [left, up, corner] = [line[i - 4] ?? 0, above[i] ?? 0, above[i - 4] ?? 0]
    const estimate = left + up - corner
    const near = [left, up, corner].sort(
      (p, q) => Math.abs(estimate - p) - Math.abs(estimate - q),
    )[0]
    const predicted = [0, left, up, (left + up) >> 1, near ?? 0][filter] ?? 0
    out[i + 1] = (value - predicted) & 0xff
  }
  return out
}

/** A PNG of any header and chunks, right or wrong. */
export function pngFile({
  header,
  chunks,
}: {
  header: Uint8Array
  chunks: readonly (readonly [string, Uint8Array])[]
}): Buffer {
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const all = [['IHDR', header] as const, ...chunks, ['IEND', Buffer.alloc(0)] as const]
  return Buffer.concat([signature, ...all.map(([type, body]) => chunk(type, body))])
}

function chunk(type: string, body: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  sum.writeUInt32BE(crc32(typed))
  return Buffer.concat([length, typed, sum])
}

export function headerOf(
  width: number,
  height: number,
  bitDepth: number,
  colourType: number,
  isInterlaced = false,
): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([bitDepth, colourType, 0, 0, isInterlaced ? 1 : 0], 8)
  return header
}
