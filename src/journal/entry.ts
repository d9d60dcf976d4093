import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** What happened, as the caller says it. Detail holds no secret and nothing that must be forgotten. */
export interface NewEntry {
  /** Unix ms. */
  readonly at: number
  /** Who: `client:<id>`, `person:<id>`, `operator` (the command line) or `system`. */
  readonly actor: string
  /** What: `<noun>.<past participle>`, such as `document.sealed`. */
  readonly action: string
  /** Upon what, by id. */
  readonly subject: string
  readonly detail: Readonly<Record<string, string | number | boolean | null>>
}

/** An entry in its place in the chain, as it is stored. */
export interface JournalEntry extends Omit<NewEntry, 'detail'> {
  /** 1 for the first entry, then one more each. */
  readonly seq: number
  /** RFC 8785 JSON; read from a database it may be anything, if somebody meddled with it. */
  readonly detailJson: string
  /** Hash of the entry before; empty for the first. */
  readonly previousHash: string
  readonly hash: string
}

const DOMAIN = 'sceau/journal/v1\0'

/** The detail as it is stored and hashed: RFC 8785 JSON. */
export function encodeDetail(detail: NewEntry['detail']): string {
  return canonical(detail)
}

/** The detail that was stored so, or undefined when the text is not what `encodeDetail` writes. */
export function decodeDetail(json: string): NewEntry['detail'] | undefined {
  try {
    const detail = JSON.parse(json)
    return isPlainlyCanonical(detail, json) || canonical(detail) === json ? detail : undefined
  } catch {
    return undefined
  }
}

/** How `JSON.stringify` writes half a character, which RFC 8785 does not allow. */
const LONE_SURROGATE = /\\ud[89a-f]/

/**
 * Whether a text is the RFC 8785 JSON of a flat object, seen without writing it anew: a walk over a
 * million entries takes a third of the time. What is not plainly so may still be canonical.
 */
function isPlainlyCanonical(value: unknown, json: string): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  let before = ''
  for (const [name, member] of Object.entries(value)) {
    if (name < before || (typeof member === 'object' && member !== null)) return false
    before = name
  }
  return JSON.stringify(value) === json && !LONE_SURROGATE.test(json)
}

/** RFC 8785 JSON of all members of an entry but `hash`; its detail is canonical already. */
export function encodeEntry(entry: Omit<JournalEntry, 'hash'>): string {
  const { seq, at, actor, action, subject, detailJson, previousHash } = entry
  const what = `"action":${quote(action)},"actor":${quote(actor)},"at":${canonical(at)}`
  const place = `"previousHash":${quote(previousHash)},"seq":${canonical(seq)}`
  return `{${what},"detail":${detailJson},${place},"subject":${quote(subject)}}`
}

/** Hash of an entry: SHA-256 over the domain and its RFC 8785 JSON (docs/JOURNAL.md). */
export function hashEntry(entry: Omit<JournalEntry, 'hash'>): string {
  return hash('sha256', DOMAIN + encodeEntry(entry))
}

/** Put new entries after the head of a chain. */
export function chainEntries(
  head: { readonly seq: number; readonly hash: string },
  entries: readonly NewEntry[],
): JournalEntry[] {
  let { seq, hash } = head
  return entries.map(({ detail, ...entry }) => {
    seq += 1
    const placed = { ...entry, seq, detailJson: encodeDetail(detail), previousHash: hash }
    hash = hashEntry(placed)
    return { ...placed, hash }
  })
}

function quote(text: string): string {
  const json = JSON.stringify(text)
  return LONE_SURROGATE.test(json) ? canonical(text) : json
}

function canonical(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('value has no JSON form')
  return text
}
