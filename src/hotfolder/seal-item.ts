import { randomUUID } from 'node:crypto'
import { type FileHandle, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { safeName } from '../archives/safe-name.ts'
import { AppError } from '../errors.ts'
import type { Sealing } from '../sealing/service.ts'
import { codeOf, deliverFile, openRegular, writeJoined } from './deliver-file.ts'
import type { FolderSync, Folders } from './folders.ts'
import { type HotFolder, type Item, isDocumentsFault, namesFor } from './model.ts'

export interface SealItemDeps {
  readonly sealing: Pick<Sealing, 'apply'>
  /** A failure as the API tells it (RFC 9457). */
  readonly describeProblem: (error: AppError) => object
}

/** Where an item comes from and what comes of it goes. */
export interface ItemPlace {
  readonly folder: HotFolder
  readonly folders: Folders
  readonly outSync: FolderSync
  readonly failedSync: FolderSync
}

const DOCUMENT_BYTES_MAX = 1024 ** 3
const PROBLEM = '.problem.json'

/** What became of an item: the name of its result, or of itself beside its problem. */
export type ItemOutcome =
  | { readonly sealed: string; readonly operationId: string }
  | { readonly failed: string; readonly because: AppError }

/**
 * Seal one file and lay the result down; when that is the document's own fault, lay it down with its
 * problem. Cut short and called again, it gives the same file by the same operation.
 *
 * @throws What is not the document's fault: it is to be tried again.
 */
export async function processItem(
  deps: SealItemDeps,
  place: ItemPlace,
  item: Item,
): Promise<ItemOutcome> {
  try {
    return await sealItem(deps, place, item)
  } catch (error) {
    if (!isDocumentsFault(error)) throw error
    return setAside(deps, place, item, error)
  }
}

async function sealItem(
  { sealing }: SealItemDeps,
  { folder, folders, outSync }: ItemPlace,
  item: Item,
): Promise<ItemOutcome> {
  requireSafe(item.name)
  const handle = await openItem(item)
  try {
    const length = await requireLength(handle)
    const { sealId, client } = folder
    const sealed = await sealing.apply({
      ...{ client, sealId, document: { path: item.path, offset: 0, length } },
      options: { level: 'B-B' },
      ...{ requestId: item.id, idempotencyKey: item.id },
    })
    const draft = join(item.dir, `.sealed-${randomUUID()}`)
    const written = await writeJoined(draft, { handle, length }, sealed.appendix)
    if (written.toString('hex') !== sealed.sha256) throw changedMeanwhile()
    const name = await deliver(draft, folders.out, namesFor(item))
    await outSync.sync()
    return { sealed: name, operationId: sealed.operation.id }
  } catch (error) {
    const isChanged = error instanceof AppError && error.code === 'idempotency-conflict'
    throw isChanged ? changedMeanwhile() : error
  } finally {
    await handle.close()
  }
}

/**
 * Lay a document and its problem down in `failed`. The problem comes first, and its name is what
 * tells two documents of the same name apart.
 */
export async function setAside(
  { describeProblem }: Pick<SealItemDeps, 'describeProblem'>,
  { folders, failedSync }: Pick<ItemPlace, 'folders' | 'failedSync'>,
  item: Item,
  because: AppError,
): Promise<ItemOutcome> {
  const problem = { ...describeProblem(because), instance: `/requests/${item.id}` }
  const text = `${JSON.stringify(problem, undefined, 2)}\n`
  for (const name of namesFor(item, PROBLEM.length)) {
    const target = join(folders.failed, name)
    const draft = join(item.dir, `.problem-${randomUUID()}`)
    await writeFile(draft, text, { flag: 'wx', flush: true })
    if (!(await deliverFile(draft, `${target}${PROBLEM}`))) continue
    if (await deliverFile(item.path, target)) {
      await failedSync.sync()
      return { failed: name, because }
    }
    await rm(`${target}${PROBLEM}`, { force: true })
  }
  throw nameTaken()
}

async function deliver(draft: string, dir: string, names: Iterable<string>): Promise<string> {
  for (const name of names) if (await deliverFile(draft, join(dir, name))) return name
  throw nameTaken()
}

function nameTaken(): RangeError {
  return new RangeError('a name with an id in it is taken')
}

function requireSafe(name: string): void {
  // What this stands for was no UTF-8.
  const checked = name.includes('\uFFFD') ? { reason: 'it is not UTF-8' } : safeName(name)
  if ('reason' in checked) throw unsafe(`its name is refused: ${checked.reason}`)
}

async function openItem({ path }: Item): Promise<FileHandle> {
  const handle = await openRegular(path).catch((error) => {
    if (codeOf(error) === 'EACCES') throw unsafe('the server may not read it')
    if (codeOf(error) === 'ELOOP') return undefined
    throw error
  })
  if (handle === undefined) throw unsafe('it is no plain file')
  return handle
}

async function requireLength(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat()
  if (size <= DOCUMENT_BYTES_MAX) return size
  throw new AppError(
    'document-too-large',
    `The document is larger than ${DOCUMENT_BYTES_MAX} bytes, the most this server takes.`,
    { hints: { maxBytes: DOCUMENT_BYTES_MAX } },
  )
}

function unsafe(reason: string): AppError {
  return new AppError('archive-entry-unsafe', `The file is not sealed because ${reason}.`)
}

function changedMeanwhile(): AppError {
  return new AppError(
    'invalid-request',
    'The file was still being written while it was sealed. Write it under a name that ends in “.part” and rename it when it is whole.',
  )
}
