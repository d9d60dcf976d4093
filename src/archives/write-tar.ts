import { contentOf, type OutgoingFile } from './outgoing-file.ts'
import { encodePaxRecord } from './pax.ts'
import { BLOCK_BYTES, checksumOf, paddingOf } from './tar-header.ts'

const NAME_BYTES_MAX = 100
const PREFIX_BYTES_MAX = 155
const SIZE_MAX = 8 ** 11 - 1
const TIME_MAX = 8 ** 11 - 1

/**
 * A tar archive (POSIX.1-2017, pax Interchange Format), made as it is asked for.
 *
 * @throws RangeError when a file has other than the octets it was said to have.
 */
export async function* writeTar(files: AsyncIterable<OutgoingFile>): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    yield encodeTarHead(file)
    yield* contentOf(file)
    const padding = tarPadding(file.bytes)
    if (padding.length > 0) yield padding
  }
  yield TAR_END
}

/** What follows the last file. */
export const TAR_END = new Uint8Array(2 * BLOCK_BYTES)

const ZEROS = new Uint8Array(BLOCK_BYTES)

/** What follows the octets of a file, none or up to a block. */
export function tarPadding(bytes: number): Uint8Array {
  return ZEROS.subarray(0, paddingOf(bytes))
}

type Head = Omit<OutgoingFile, 'chunks'>

/** The header of a file, and before it, where the old form has no room, one that goes on. */
export function encodeTarHead({ name, bytes, modifiedAt }: Head): Uint8Array {
  const place = splitName(name)
  const seconds = Math.min(Math.max(Math.floor(modifiedAt / 1000), 0), TIME_MAX)
  const records = [
    ...(place === undefined ? [encodePaxRecord('path', name)] : []),
    ...(bytes > SIZE_MAX ? [encodePaxRecord('size', String(bytes))] : []),
  ]
  const header = encodeHeader({
    ...(place ?? { prefix: '', name: name.replaceAll(/[^ -~]/gu, '_').slice(0, NAME_BYTES_MAX) }),
    bytes: bytes > SIZE_MAX ? 0 : bytes,
    seconds,
    type: '0',
  })
  if (records.length === 0) return header
  const content = Buffer.concat(records)
  const extended = encodeHeader({
    prefix: '',
    name: 'PaxHeader',
    bytes: content.length,
    seconds,
    type: 'x',
  })
  return Buffer.concat([extended, content, new Uint8Array(paddingOf(content.length)), header])
}

/** Name and prefix of a ustar header; undefined when they do not hold it, or it is not ASCII. */
function splitName(name: string): { prefix: string; name: string } | undefined {
  if (/[^ -~]/u.test(name)) return undefined
  if (name.length <= NAME_BYTES_MAX) return { prefix: '', name }
  const slash = name.indexOf('/', name.length - NAME_BYTES_MAX - 1)
  if (slash < 1 || slash > PREFIX_BYTES_MAX || slash === name.length - 1) return undefined
  return { prefix: name.slice(0, slash), name: name.slice(slash + 1) }
}

interface Fields {
  readonly prefix: string
  readonly name: string
  readonly bytes: number
  readonly seconds: number
  readonly type: '0' | 'x'
}

function encodeHeader({ prefix, name, bytes, seconds, type }: Fields): Uint8Array {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.write(name, 0, 'latin1')
  block.write('0000644\0', 100, 'latin1')
  block.write('0000000\0', 108, 'latin1')
  block.write('0000000\0', 116, 'latin1')
  block.write(`${octal(bytes, 11)}\0`, 124, 'latin1')
  block.write(`${octal(seconds, 11)}\0`, 136, 'latin1')
  block.write(type, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  block.write(prefix, 345, 'latin1')
  block.write(`${octal(checksumOf(block), 6)}\0 `, 148, 'latin1')
  return block
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
