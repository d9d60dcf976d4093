import type { PdfDocument } from '../pdf/document.ts'
import { asKind, isKind, type PdfDict, type PdfValue } from '../pdf/values.ts'
import { ObjectReader } from './objects.ts'

/** What a document security store carries (ETSI EN 319 142-1 §5.4.2), as it stands. */
export interface SecurityStore {
  readonly certificates: readonly Uint8Array[]
  readonly crls: readonly Uint8Array[]
  readonly ocspCount: number
}

const COUNT_MAX = 100
const STREAM_BYTES_MAX = 8 * 1024 * 1024
const ALL_BYTES_MAX = 16 * 1024 * 1024

/** The store of a document, or undefined when it has none. What cannot be read is left out. */
export function readSecurityStore(document: PdfDocument): SecurityStore | undefined {
  const catalog = asKind(document.catalog.value, 'dict')
  const store = asKind(
    tolerant(() => document.resolve(catalog?.entries.get('DSS'))),
    'dict',
  )
  if (store === undefined) return undefined
  const room = { bytes: ALL_BYTES_MAX }
  return {
    certificates: streamsOf(document, store.entries.get('Certs'), room),
    crls: streamsOf(document, store.entries.get('CRLs'), room),
    ocspCount: itemsOf(document, store.entries.get('OCSPs')).length,
  }
}

function itemsOf(document: PdfDocument, value: PdfValue | undefined): readonly PdfValue[] {
  return (
    asKind(
      tolerant(() => document.resolve(value)),
      'array',
    )?.items ?? []
  )
}

function streamsOf(
  document: PdfDocument,
  value: PdfValue | undefined,
  room: { bytes: number },
): Uint8Array[] {
  const reader = new ObjectReader(document)
  const items = itemsOf(document, value).slice(0, COUNT_MAX)
  return items.flatMap((item) => {
    if (!isKind(item, 'ref')) return []
    const data = tolerant(() => {
      // Its length is looked at before it is read.
      const length = lengthOf(reader, item.number)
      if (length === undefined || length > STREAM_BYTES_MAX) return undefined
      const stream = reader.readStream(item)
      return stream && document.decode(stream, item)
    })
    if (data === undefined || data.length > room.bytes) return []
    room.bytes -= data.length
    return [data]
  })
}

function lengthOf(reader: ObjectReader, number: number): number | undefined {
  const dict: PdfDict | undefined = asKind(reader.read(number)?.value, 'dict')
  const length = reader.resolve(dict?.entries.get('Length'))
  return typeof length === 'number' ? length : undefined
}

/** A store that is broken adds nothing to what is known. */
function tolerant<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
