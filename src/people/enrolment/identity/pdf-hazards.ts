import type { PdfDict, PdfObject, PdfValue } from '../../../pdf/values.ts'
import { asKind } from '../../../pdf/values.ts'
import { refused } from './refusal.ts'

const SCRIPT = 'it contains a script'
const LAUNCH = 'it starts a program or calls another place'
const ATTACHMENT = 'another file is attached to it'
const MEDIA = 'it plays media'

/** Keys that a picture of a document has no use for, and what stands under them. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ['JS', SCRIPT],
  ['JavaScript', SCRIPT],
  ['XFA', 'it is a form with a program (XFA)'],
  ['EmbeddedFiles', ATTACHMENT],
  ['EF', ATTACHMENT],
  ['RichMediaContent', MEDIA],
])
/** Types of actions (ISO 32000-2 §12.6.4) and of annotations (§12.5.6). */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['JavaScript', SCRIPT],
  ['Launch', LAUNCH],
  ['SubmitForm', LAUNCH],
  ['ImportData', LAUNCH],
  ['GoToR', LAUNCH],
  ['GoToE', ATTACHMENT],
  ['Rendition', MEDIA],
  ['Movie', MEDIA],
  ['Sound', MEDIA],
  ['RichMediaExecute', MEDIA],
])
const SUBTYPES: ReadonlyMap<string, string> = new Map([
  ['FileAttachment', ATTACHMENT],
  ['RichMedia', MEDIA],
  ['Movie', MEDIA],
  ['Sound', MEDIA],
  ['Screen', MEDIA],
  ['3D', MEDIA],
])
/** An external stream: its data lie in another file (§7.3.8.2). */
const EXTERNAL = 'F'

/** @throws AppError `invalid-request` if the object does something, or carries something with it. */
export function requireHarmless(object: PdfObject): void {
  const todo: PdfValue[] = []
  if (typeof object === 'object' && object !== null) {
    if (object.kind === 'stream') todo.push(object.dict)
    else todo.push(object)
  }
  for (let value = todo.pop(); value !== undefined; value = todo.pop()) {
    if (typeof value !== 'object' || value === null) continue
    if (value.kind === 'array') for (const item of value.items) todo.push(item)
    if (value.kind !== 'dict') continue
    const problem = problemOf(value)
    if (problem !== undefined) throw hazard(problem)
    for (const entry of value.entries.values()) todo.push(entry)
  }
  if (asKind(object, 'stream')?.dict.entries.has(EXTERNAL)) throw hazard(ATTACHMENT)
}

function problemOf({ entries }: PdfDict): string | undefined {
  for (const key of entries.keys()) {
    const problem = KEYS.get(key)
    if (problem !== undefined) return problem
  }
  const nameOf = (key: string) => asKind(entries.get(key), 'name')?.name ?? ''
  return ACTIONS.get(nameOf('S')) ?? SUBTYPES.get(nameOf('Subtype'))
}

function hazard(problem: string) {
  return refused(
    'pdf-active',
    `This PDF is not taken: ${problem}. Print it to a new PDF, or send a photograph of the document.`,
  )
}
