import { createHash } from 'node:crypto'
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

/** An entry in its place in the chain. */
export interface JournalEntry extends NewEntry {
  /** 1 for the first entry, then one more each. */
  readonly seq: number
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
    return encodeDetail(detail) === json ? detail : undefined
  } catch {
    return undefined
  }
}

/**
 * Hash of an entry: SHA-256 over the domain and the RFC 8785 JSON of all its members but `hash`
 * (docs/JOURNAL.md).
 */
export function hashEntry(entry: Omit<JournalEntry, 'hash'>): string {
  const { seq, at, actor, action, subject, detail, previousHash } = entry
  const text = canonical({ seq, at, actor, action, subject, detail, previousHash })
  return createHash('sha256').update(DOMAIN).update(text).digest('hex')
}

/** Put new entries after the head of a chain. */
export function chainEntries(
  head: { readonly seq: number; readonly hash: string },
  entries: readonly NewEntry[],
): JournalEntry[] {
  let { seq, hash } = head
  return entries.map((entry) => {
    seq += 1
    const placed = { ...entry, seq, previousHash: hash }
    hash = hashEntry(placed)
    return { ...placed, hash }
  })
}

function canonical(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('value has no JSON form')
  return text
}
