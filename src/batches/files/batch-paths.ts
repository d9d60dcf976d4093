import { join } from 'node:path'

const BATCH_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** `<node>-<n>.pack`, `<node>-s<n>.pack` for one document alone, `<node>-<worker>-<n>.log`. */
const FILE_NAME = /^[0-9a-z]{1,32}-(?:s?[0-9]{1,9}\.pack|[0-9]{1,4}-[0-9]{1,9}\.log)$/
const SINGLE_NAME = /^[0-9a-z]+-s[0-9]+\.pack$/

/** Whether a folder of this name can be that of a batch. */
export function isBatchId(name: string): boolean {
  return BATCH_ID.test(name)
}

/** @throws RangeError unless the id is a UUID in its canonical form: nothing else names a folder. */
export function batchFolder(dir: string, batchId: string): string {
  if (!isBatchId(batchId)) throw new RangeError('a batch id is a UUID in lower case')
  return join(dir, batchId)
}

/** @throws RangeError unless both names are of the forms that are given here. */
export function batchFilePath(dir: string, batchId: string, file: string): string {
  if (!FILE_NAME.test(file)) throw new RangeError(`not a file of a batch: ${JSON.stringify(file)}`)
  return join(batchFolder(dir, batchId), file)
}

/** Whether a file holds one document and nothing else ever. */
export function isSingle(file: string): boolean {
  return SINGLE_NAME.test(file)
}

/** @throws RangeError unless the name can be the beginning of a file's name. */
export function requireNodeName(node: string): string {
  if (/^[0-9a-z]{1,32}$/.test(node)) return node
  throw new RangeError('a node is named by 1 to 32 digits and lower-case letters')
}
