interface Lost {
  /** `Claim.lost`. */
  readonly lost: number
}

/**
 * A chunk that so many holders vanished with is a suspect. Most are innocent: whoever dies holds many
 * chunks. So a suspect is worked on alone, and only a holder that has begun with it counts.
 */
export const SUSPECT_AFTER_LOST = 2

export function isSuspect({ lost }: Lost): boolean {
  return lost >= SUSPECT_AFTER_LOST
}

/** A suspect is cut into parts of so many documents; those that took one holder more, into single ones … */
const SUSPECT_DOCUMENTS = 8
const SINGLE_AFTER_LOST = 3
/** … and a single document that took so many is set aside. */
const SET_ASIDE_AFTER_LOST = 5

export function isToBeSetAside({ lost }: Lost): boolean {
  return lost >= SET_ASIDE_AFTER_LOST
}

/** How a chunk is to be cut: in one, unless it is a suspect. */
export function partsOf(
  { lost }: Lost,
  documents: readonly { readonly seq: number }[],
): number[][] {
  const seqs = documents.map(({ seq }) => seq)
  if (!isSuspect({ lost })) return [seqs]
  const width = lost >= SINGLE_AFTER_LOST ? 1 : SUSPECT_DOCUMENTS
  const count = Math.ceil(seqs.length / width)
  return Array.from({ length: count }, (_, i) => seqs.slice(i * width, (i + 1) * width))
}
