import { randomBytes } from 'node:crypto'
import type { SignDigest } from '../../hsm/algorithms.ts'
import type { KeyMaker } from '../../src/authority/model.ts'
import { generateKey, type SoftwareKey, signWith } from './software-signer.ts'

/** What stands in a test where the guard stands in the product: it makes keys and signs with them. */
export interface SoftwareToken extends KeyMaker {
  readonly signDigest: SignDigest
  /** The labels of the keys it made, in order. */
  readonly labels: readonly string[]
}

export function makeSoftwareToken(): SoftwareToken {
  const keys = new Map<string, SoftwareKey>()
  const labels: string[] = []
  return {
    labels,
    async generateKey({ algorithm, label, keyId = randomBytes(16).toString('hex') }) {
      const key = keys.get(keyId) ?? generateKey(algorithm)
      if (!keys.has(keyId)) labels.push(label)
      keys.set(keyId, key)
      return { keyId, label, algorithm, publicKey: key.spki, birth: { local: true, label } }
    },
    async signDigest({ keyId, algorithm, digest }) {
      const key = keys.get(keyId)
      if (key === undefined) throw new RangeError(`no key ${keyId}`)
      return signWith(key, algorithm, digest)
    },
  }
}
