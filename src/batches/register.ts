import type { Db, Tx } from '../db/database.ts'
import { AppError } from '../errors.ts'
import type { StoredDocument } from './files/extent.ts'
import { findNames, insertDocuments, lockOpenBatch, setTotal } from './store.ts'

/** A document whose octets are stored, to become one of its batch. */
export interface NewDocument {
  readonly name: string
  readonly stored: StoredDocument
}

/** `known`: the batch has had it, with the same octets. `taken`: with others. */
type Registration = 'new' | 'known' | 'taken'

/** @throws AppError `batch-not-open`. */
export type Register = (
  batchId: string,
  documents: readonly NewDocument[],
) => Promise<Registration[]>

interface Waiting {
  readonly batchId: string
  readonly documents: readonly NewDocument[]
  resolve(registrations: Registration[]): void
  reject(error: unknown): void
}

/** More in one transaction would keep others waiting. */
const GROUP_DOCUMENTS_MAX = 2_000

/** Makes documents part of their batch. Uploads of one moment share a transaction. */
export function makeRegister(db: Db): Register {
  const waiting: Waiting[] = []
  let isWriting = false

  const writeAll = async () => {
    isWriting = true
    while (waiting.length > 0) {
      const group = takeGroup()
      try {
        const results = await db.transaction().execute((tx) => registerGroup(tx, group))
        for (const [i, { resolve, reject }] of group.entries()) {
          const result = results[i]
          if (result === undefined) reject(notOpen())
          else resolve(result)
        }
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    isWriting = false
  }
  const takeGroup = () => {
    let documents = 0
    const end = waiting.findIndex((one) => {
      documents += one.documents.length
      return documents > GROUP_DOCUMENTS_MAX
    })
    return waiting.splice(0, end === -1 ? waiting.length : Math.max(1, end))
  }

  return (batchId, documents) =>
    new Promise((resolve, reject) => {
      waiting.push({ batchId, documents, resolve, reject })
      if (!isWriting) {
        isWriting = true
        // The uploads of this turn of the event loop come along.
        setImmediate(() => void writeAll())
      }
    })
}

/** @returns For each upload what became of its documents; undefined when its batch is not open. */
async function registerGroup(
  tx: Tx,
  group: readonly Waiting[],
): Promise<(Registration[] | undefined)[]> {
  const results = new Map<Waiting, Registration[]>()
  // Everybody locks batches in this order: nobody waits in a circle.
  for (const batchId of [...new Set(group.map((one) => one.batchId))].sort()) {
    const total = await lockOpenBatch(tx, batchId)
    if (total === undefined) continue
    const uploads = group.filter((one) => one.batchId === batchId)
    const documents = uploads.flatMap((one) => one.documents)
    const known = await findNames(
      tx,
      batchId,
      documents.map(({ name }) => name),
    )
    const rows: Parameters<typeof insertDocuments>[1][number][] = []
    for (const upload of uploads) {
      results.set(
        upload,
        upload.documents.map(({ name, stored }) => {
          const sha256 = known.get(name)
          if (sha256 !== undefined) return sha256 === stored.sha256 ? 'known' : 'taken'
          known.set(name, stored.sha256)
          rows.push(toRow(batchId, total + rows.length + 1, { name, stored }))
          return 'new'
        }),
      )
    }
    await insertDocuments(tx, rows)
    await setTotal(tx, batchId, total + rows.length)
  }
  return group.map((one) => results.get(one))
}

function toRow(batchId: string, seq: number, { name, stored }: NewDocument) {
  const { extent, sha256 } = stored
  return {
    batch_id: batchId,
    seq,
    name,
    bytes: extent.length,
    sha256,
    pack: extent.file,
    pack_offset: extent.offset,
    state: 'pending',
  } as const
}

export function notOpen(): AppError {
  return new AppError(
    'batch-not-open',
    'The batch was started or cancelled: it takes no more documents. Open another one.',
  )
}
