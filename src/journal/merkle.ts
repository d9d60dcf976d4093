import { hash } from 'node:crypto'

/**
 * Hash of a leaf (RFC 9162 §2.1.1): SHA-256 over 0x00 and the leaf's octets.
 *
 * @param leaf - Text stands for its UTF-8.
 */
export function hashLeaf(leaf: string | Uint8Array): Uint8Array {
  const input =
    typeof leaf === 'string' ? `\0${leaf}` : Buffer.concat([Uint8Array.of(LEAF_PREFIX), leaf])
  return hash('sha256', input, 'buffer')
}

/** A tree that grows leaf by leaf; it holds one hash for each bit of their number. */
export function makeMerkleTree() {
  /** Roots of the full subtrees from the left, each smaller than the one before. */
  const peaks: Uint8Array[] = []
  let size = 0
  return {
    add(leafHash: Uint8Array): void {
      let node = leafHash
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
        node = hashNode(peaks.pop() ?? node, node)
      }
      peaks.push(node)
      size += 1
    },
    /** Merkle Tree Hash (RFC 9162 §2.1.1) of the leaves so far. */
    root(): Uint8Array {
      const last = peaks.at(-1) ?? hash('sha256', '', 'buffer')
      return peaks.slice(0, -1).reduceRight((right, left) => hashNode(left, right), last)
    },
  }
}

/** Merkle Tree Hash (RFC 9162 §2.1.1). */
export function merkleRoot(leafHashes: readonly Uint8Array[]): Uint8Array {
  const tree = makeMerkleTree()
  for (const leafHash of leafHashes) tree.add(leafHash)
  return tree.root()
}

/**
 * What proves that a leaf is in the tree (RFC 9162 §2.1.3.1): a hash for each level, from the leaf
 * up.
 *
 * @throws RangeError if there is no such leaf.
 */
export function inclusionPath(leafHashes: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leafHashes[index] === undefined) throw new RangeError(`there is no leaf ${index}`)
  const path: Uint8Array[] = []
  let position = index
  for (let level = leafHashes; level.length > 1; level = levelAbove(level)) {
    const sibling = level[position % 2 === 1 ? position - 1 : position + 1]
    if (sibling !== undefined) path.push(sibling)
    position = Math.floor(position / 2)
  }
  return path
}

/** A last node without a neighbour rises as it is. */
function levelAbove(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = []
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = level.slice(i, i + 2)
    if (left !== undefined) above.push(right === undefined ? left : hashNode(left, right))
  }
  return above
}

/** Whether a leaf is in the tree with this root (RFC 9162 §2.1.3.2). */
export function verifyInclusion(claim: {
  readonly leafHash: Uint8Array
  readonly index: number
  /** How many leaves the tree has. */
  readonly size: number
  readonly path: readonly Uint8Array[]
  readonly root: Uint8Array
}): boolean {
  if (!Number.isSafeInteger(claim.index) || claim.index < 0 || claim.index >= claim.size) {
    return false
  }
  let node = claim.leafHash
  let position = claim.index
  let last = claim.size - 1
  for (const sibling of claim.path) {
    if (last === 0 || sibling.length !== HASH_BYTES) return false
    if (position % 2 === 1 || position === last) {
      node = hashNode(sibling, node)
      while (position % 2 === 0 && position > 0) {
        position /= 2
        last = Math.floor(last / 2)
      }
    } else node = hashNode(node, sibling)
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && Buffer.compare(node, claim.root) === 0
}

const LEAF_PREFIX = 0
const NODE_PREFIX = 1
const HASH_BYTES = 32

/** Written anew for each node, so that none is made for it. */
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX)

/** SHA-256 over 0x01 and the two hashes below. */
function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1)
  nodeInput.set(right, 1 + HASH_BYTES)
  return hash('sha256', nodeInput, 'buffer')
}
