/**
 * Frames of the guard's socket, both ways:
 *
 *     u32 bytes that follow | u32 bytes of header | header (JSON, UTF-8) | payload (raw)
 *
 * Numbers are big-endian. The header says what is asked; digests and signatures travel raw behind
 * it, so that ten thousand of them cost no more than their bytes.
 */
export interface Frame {
  readonly header: Uint8Array
  readonly payload: Uint8Array
}

export interface FrameBounds {
  readonly frameBytesMax: number
  readonly headerBytesMax: number
}

/** What the guard reads: a request is small; 10,000 SHA-512 digests are 640 kB. */
export const REQUEST_BOUNDS: FrameBounds = { frameBytesMax: 1 << 20, headerBytesMax: 1 << 14 }
/** What a client reads: 10,000 signatures of RSA-4096 are 5.1 MB; a list of keys is a long header. */
export const REPLY_BOUNDS: FrameBounds = { frameBytesMax: 1 << 24, headerBytesMax: 1 << 23 }

const PREFIX_BYTES = 8

/** @returns One frame, ready to be written. */
export function encodeFrame(header: object, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = Buffer.from(JSON.stringify(header), 'utf8')
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + json.length + payload.length)
  frame.writeUInt32BE(4 + json.length + payload.length, 0)
  frame.writeUInt32BE(json.length, 4)
  frame.set(json, PREFIX_BYTES)
  frame.set(payload, PREFIX_BYTES + json.length)
  return frame
}

/**
 * Cuts a stream of bytes into frames, however it was chopped on its way.
 *
 * @returns A function that takes the next bytes and gives the frames they complete.
 * The frames are views of the bytes that were given.
 * @throws RangeError if a frame is larger than allowed or its lengths contradict each other: what
 * follows on this connection has no meaning any more.
 */
export function makeFrameReader(bounds: FrameBounds): (bytes: Uint8Array) => Frame[] {
  let chunks: Uint8Array[] = []
  let held = 0
  /** Bytes that must be there before looking again: joining for each chunk would be quadratic. */
  let wanted = PREFIX_BYTES

  return (bytes) => {
    if (bytes.length > 0) {
      chunks.push(bytes)
      held += bytes.length
    }
    const frames: Frame[] = []
    for (;;) {
      if (held < wanted) return frames
      const buffer = join()
      const lengths = readLengths(buffer, bounds)
      wanted = lengths.end
      if (held < wanted) return frames
      frames.push({
        header: buffer.subarray(PREFIX_BYTES, PREFIX_BYTES + lengths.header),
        payload: buffer.subarray(PREFIX_BYTES + lengths.header, lengths.end),
      })
      held -= lengths.end
      wanted = PREFIX_BYTES
      chunks = held === 0 ? [] : [buffer.subarray(lengths.end)]
    }
  }

  function join(): Buffer {
    const [first] = chunks
    const whole =
      chunks.length === 1 && first !== undefined
        ? Buffer.from(first.buffer, first.byteOffset, first.length)
        : Buffer.concat(chunks, held)
    chunks = [whole]
    return whole
  }
}

function readLengths(buffer: Buffer, bounds: FrameBounds): { end: number; header: number } {
  const frameBytes = buffer.readUInt32BE(0)
  const header = buffer.readUInt32BE(4)
  if (frameBytes > bounds.frameBytesMax) {
    throw new RangeError(`A frame of ${frameBytes} bytes is over ${bounds.frameBytesMax}`)
  }
  if (header > bounds.headerBytesMax || header > frameBytes - 4) {
    throw new RangeError(`A header of ${header} bytes does not fit its frame of ${frameBytes}`)
  }
  return { end: 4 + frameBytes, header }
}
