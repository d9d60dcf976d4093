import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  hashLeaf,
  inclusionPath,
  makeMerkleTree,
  merkleRoot,
  verifyInclusion,
} from '../../src/journal/merkle.ts'
import { runs } from '../support/laws.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

/** The leaves of the Certificate Transparency project's tests, and the roots of their trees. */
const KNOWN_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const KNOWN_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const KNOWN_PATHS = [
  { index: 0, size: 1, path: [] },
  {
    index: 0,
    size: 8,
    path: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    size: 8,
    path: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    index: 2,
    size: 3,
    path: ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  },
  {
    index: 1,
    size: 5,
    path: [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
]
const knownHashes = (size: number) =>
  KNOWN_LEAVES.slice(0, size).map((leaf) => hashLeaf(bytes(leaf)))

const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => hashLeaf(`leaf ${i}`))

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return createHash('sha256').update(Buffer.concat(parts)).digest()
}

/** MTH as RFC 9162 §2.1.1 writes it. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves
  if (only === undefined) return sha256()
  if (leaves.length === 1) return sha256(Uint8Array.of(0), only)
  let half = 1
  while (half * 2 < leaves.length) half *= 2
  const left = rootByDefinition(leaves.slice(0, half))
  return sha256(Uint8Array.of(1), left, rootByDefinition(leaves.slice(half)))
}

describe('the Merkle tree of RFC 9162', () => {
  test.each(KNOWN_ROOTS.map((root, size) => ({ size, root })))(
    'of $size known leaves has the known root',
    ({ size, root }) => {
      expect(hex(merkleRoot(knownHashes(size)))).toBe(root)
    },
  )

  test.each(KNOWN_PATHS)('gives leaf $index of $size its known path', ({ index, size, path }) => {
    expect(inclusionPath(knownHashes(size), index).map(hex)).toEqual(path)
  })

  test('is what its definition says, for texts and for octets', () => {
    const leaf = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array())
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 200 }), (leaves) => {
        const octets = leaves.map((one) => (typeof one === 'string' ? Buffer.from(one) : one))

        expect(hex(merkleRoot(leaves.map(hashLeaf)))).toBe(hex(rootByDefinition(octets)))
      }),
      runs(200),
    )
  })

  test('grows: after each leaf its root is that of the leaves so far', () => {
    const tree = makeMerkleTree()
    const leaves = leavesOf(70)

    leaves.forEach((leafHash, i) => {
      tree.add(leafHash)
      expect(hex(tree.root())).toBe(hex(merkleRoot(leaves.slice(0, i + 1))))
    })
  })
})

describe('an inclusion path', () => {
  test('proves every leaf of every tree of 1 to 70 leaves, and at no other place', () => {
    for (let size = 1; size <= 70; size += 1) {
      const leaves = leavesOf(size)
      const root = merkleRoot(leaves)
      leaves.forEach((leafHash, index) => {
        const claim = { leafHash, index, size, path: inclusionPath(leaves, index), root }
        const places = [-1, 0, index - 1, index + 1, size - 1, size].filter((at) => at !== index)

        expect(verifyInclusion(claim), `${index} of ${size}`).toBe(true)
        for (const at of places) {
          expect(verifyInclusion({ ...claim, index: at }), `${at} for ${index} of ${size}`).toBe(
            false,
          )
        }
      })
    }
  })

  test('proves nothing once a bit of the leaf, the root or the path is another', () => {
    const flip = (from: Uint8Array, bit: number) =>
      from.map((octet, i) => (i === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet))
    const place = fc.integer({ min: 1, max: 70 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        index: fc.nat(size - 1),
        bit: fc.nat(255),
        level: fc.nat(),
      }),
    )
    fc.assert(
      fc.property(place, ({ size, index, bit, level }) => {
        const leaves = leavesOf(size)
        const leafHash = leaves[index] ?? new Uint8Array()
        const path = inclusionPath(leaves, index)
        const claim = { leafHash, index, size, path, root: merkleRoot(leaves) }
        const bad = level % Math.max(1, path.length)

        expect(verifyInclusion({ ...claim, leafHash: flip(leafHash, bit) })).toBe(false)
        expect(verifyInclusion({ ...claim, root: flip(claim.root, bit) })).toBe(false)
        expect(verifyInclusion({ ...claim, path: [...path, leafHash] })).toBe(false)
        if (path.length > 0) {
          const bent = path.map((one, i) => (i === bad ? flip(one, bit) : one))
          const shorter = path.map((one, i) => (i === bad ? one.subarray(1) : one))
          expect(verifyInclusion({ ...claim, path: bent })).toBe(false)
          expect(verifyInclusion({ ...claim, path: shorter })).toBe(false)
          expect(verifyInclusion({ ...claim, path: path.slice(1) })).toBe(false)
          expect(verifyInclusion({ ...claim, path: path.slice(0, -1) })).toBe(false)
        }
      }),
      runs(300),
    )
  })

  test.each([0.5, Number.NaN, -1, 3])('is not to be had for leaf %d of three', (index) => {
    const leaves = leavesOf(3)

    expect(() => inclusionPath(leaves, index)).toThrow(RangeError)
    const [leafHash = new Uint8Array()] = leaves
    const claim = { leafHash, index, size: 3, path: [], root: merkleRoot(leaves) }
    expect(verifyInclusion(claim)).toBe(false)
  })
})
